// SPDX-License-Identifier: MIT
// The steps of a check: result, gradient, edge cases, the learner's test.
#include <algorithm>
#include <cmath>

#include "check/exercise/exercise.h"
#include "check/exercise/words.h"
#include "gradus/check/diagnosis.h"

namespace gradus::exercise {
namespace {

constexpr size_t looked_at = 4;  // failing examples that a named mistake must explain

// A part, and what to do about it; "" for the hint of the step.
struct Found {
  Part part;
  std::string next{};
};

struct Checker {
  const Exercise& e;
  const Call& yours;
  const Test& test;
  std::vector<Example> examples;
  Report& report;

  // Runs one step; its result, or the exception it throws, goes into the report.
  bool step(const std::string& name, const std::function<Found()>& run, const std::string& hint) {
    Part part{name, Outcome::failed};
    std::string next = hint;
    try {
      const Found found = run();
      part = found.part;
      if (!found.next.empty()) next = found.next;
    } catch (const Hole& hole) {
      part.words = "not written yet: " + hole.what;
      next = "write " + hole.what + " in " + e.name + ".h; README.md explains it";
    } catch (const std::exception& error) {
      part.words = error_words(error);
      next = error_next(error);
    } catch (...) {
      part.words = "it throws something that is not a std::exception";
      next = "throw std::invalid_argument(\"...\") or another std::exception";
    }
    report.parts.push_back(part);
    if (part.outcome != Outcome::passed && report.next.empty()) report.next = next;
    return part.outcome == Outcome::passed;
  }

  // What the learner's function does on an example.
  Outcomes run(const Example& example, bool gradients) const {
    running(example_text(e, example));
    return outcomes_of(e, nullptr, yours, example, gradients);
  }
  Tensors expected(const Example& example) const {
    if (example.expected) return *example.expected;
    return outcomes_of(e, nullptr, e.right, example, false).results;
  }
};

// The wrong version that does the same as the learner's on all `failing` examples, or "".
std::string known_mistake(const Checker& c, const std::vector<const Example*>& failing,
                          bool gradients) {
  const auto explains = [&](const Impostor& impostor, const Example* example) {
    try {
      const Outcomes yours = outcomes_of(c.e, nullptr, c.yours, *example, gradients);
      const Outcomes its = outcomes_of(c.e, &impostor, c.e.right, *example, gradients);
      return agree(its.results, yours.results, 1e-9) && agree(its.grads, yours.grads, 1e-6);
    } catch (const std::exception&) {
      return false;
    }
  };
  // First those that were written for the exercise, then the mutants of the op table.
  for (bool own : {true, false})
    for (const Impostor& impostor : c.e.impostors)
      if (own == !impostor.spoil && (gradients || own) &&
          std::all_of(failing.begin(), failing.end(),
                      [&](const Example* example) { return explains(impostor, example); }))
        return impostor.name;
  return "";
}

// The result of one example: right, or what is wrong, what it looks like, and what to do about it.
struct Seen {
  std::string wrong{}, pattern{}, next{};
};
// The examples of a step: how many are right, which are wrong, and the first that did not finish.
struct Tally {
  size_t passed = 0, all = 0;
  std::vector<const Example*> failing{};
  Seen first{};
  std::string pattern{}, error{}, error_next{};

  void add(const Example& example, const Seen& seen) {
    passed += seen.wrong.empty();
    if (seen.wrong.empty() || failing.size() == looked_at) return;
    if (failing.empty()) first = seen;
    failing.push_back(&example);
    if (pattern.empty()) pattern = seen.pattern;
  }
  void add_error(const Checker& c, const Example& example, const std::exception& e) {
    if (!error.empty()) return;
    const bool empty = without_elements(example);
    error = text({error_words(e), "\nin the example ", empty ? "with no elements, " : "",
                  example_text(c.e, example), "\n"});
    error_next = exercise::error_next(e, empty);
  }
};

// An error on one example does not hide what the others show.
Found over_examples(const Checker& c, const char* name, bool gradients,
                    const std::function<Seen(const Example&)>& look) {
  Tally t;
  for (const Example& example : c.examples) {
    if (gradients && !example.gradient) continue;
    ++t.all;
    try {
      t.add(example, look(example));
    } catch (const std::exception& error) {
      t.add_error(c, example, error);
    }
  }
  Found found{{name, Outcome::passed}};
  found.part.figure = text({t.passed, " of ", t.all, " examples right"});
  if (t.passed == t.all) return found;
  found.part.outcome = Outcome::failed;
  if (t.failing.empty()) {
    found.part.words = t.error;
    found.next = t.error_next;
    return found;
  }
  const std::string known = known_mistake(c, t.failing, gradients);
  found.part.words = t.first.wrong + looks_like(known, t.pattern);
  if (!t.error.empty()) found.part.words += "on another example " + t.error;
  found.next = t.first.next;
  return found;
}

Found check_result(const Checker& c) {
  return over_examples(c, "result", false, [&](const Example& example) -> Seen {
    const Tensors mine = c.run(example, false).results, right = c.expected(example);
    const std::string wrong = difference(mine, right, 1e-9);
    if (wrong.empty()) return {};
    return {described(c.e, example) + wrong, result_pattern(mine, right, example),
            result_next(mine, right)};
  });
}

CheckedFunction checked(const Checker& c, const Example& example) {
  return [&c, &example](Inputs in) { return c.yours(in, example.numbers); };
}

Found check_gradient(const Checker& c) {
  return over_examples(c, "gradient", true, [&](const Example& example) -> Seen {
    const Tensors y = c.run(example, true).results;
    const DiagnosedReport d = diagnose_gradients(checked(c, example), example.inputs);
    if (d.report) return {};
    return {described(c.e, example) + cotangents_text(y) + gradient_difference(c.e, example, d),
            gradient_pattern(c.e, example, d), gradient_next(c.e, example, d)};
  });
}

// What is wrong with one edge case, or "".
std::string edge_failure(const Checker& c, const Edge& edge) {
  try {
    const Tensors mine = c.run(edge.example, false).results;
    if (edge.refused) return "should be refused with an exception, and is accepted\n";
    return difference(mine, c.expected(edge.example), 1e-8);
  } catch (const std::invalid_argument& error) {
    return edge.refused ? "" : error_words(error) + "\n";
  }
}

Example narrow(const Example& example) {
  Example f32{example.label + " in f32", example.inputs, example.numbers};
  for (Tensor& x : f32.inputs)
    if (x.dtype() == DType::f64) x = x.to(DType::f32);
  return f32;
}

Found check_edges(const Checker& c) {
  Part part{"edge cases", Outcome::passed};
  size_t passed = 0, all = 0;
  std::string hint;
  const auto count = [&](const Example& example, const std::string& wrong, const std::string& why) {
    ++all;
    passed += wrong.empty();
    if (wrong.empty() || !part.words.empty()) return;
    part.words = described(c.e, example) + wrong;
    if (!why.empty()) part.words += "hint: " + why + "\n";
  };
  for (const Edge& edge : c.e.edges) count(edge.example, edge_failure(c, edge), edge.hint);
  for (size_t i = 0; i < c.examples.size() && i < 3; ++i) {
    const Example f32 = narrow(c.examples[i]);
    const Tensors right = outcomes_of(c.e, nullptr, c.e.right, f32, false).results;
    count(f32, difference(c.run(f32, false).results, right, 1e-4),
          "f32 comes in and f32 must come out: make new tensors with x.dtype()");
  }
  part.figure = text({passed, " of ", all, " right"});
  if (passed < all) part.outcome = Outcome::failed;
  return {part};
}

bool accepts(const Test& test, const Call& call, std::string& error) {
  try {
    return test(call);
  } catch (const Hole&) {
    throw;
  } catch (const std::exception& e) {
    error = text({" (it throws: ", e.what(), ")"});
  }
  return false;
}

Found check_test(const Checker& c) {
  Part part{"your test", Outcome::failed};
  std::string error;
  if (!accepts(c.test, c.e.right, error)) {
    part.words = "it rejects the library's own " + c.e.name + ", which is right" + error + "\n";
    return {part, "my_test.h is too strict: loosen it until the library's function passes"};
  }
  if (!accepts(c.test, c.yours, error)) {
    part.words = "it accepts the library's " + c.e.name + " and rejects yours" + error + "\n";
    return {part, "your function passed the other parts: does my_test.h ask for too many digits?"};
  }
  const std::vector<Example> few(
      c.examples.begin(),
      c.examples.begin() + std::min<int64_t>(8, static_cast<int64_t>(c.examples.size())));
  const std::vector<Impostor> all = effective_impostors(c.e, few);
  std::vector<std::string> survivors;
  for (const Impostor& impostor : all)
    if (!notices(c.e, impostor, c.test))
      survivors.push_back((impostor.spoil ? "its gradient is wrong: " : "") + impostor.name);
  part.figure =
      text({all.size() - survivors.size(), " of ", all.size(), " wrong versions noticed"});
  if (survivors.empty()) part.outcome = Outcome::passed;
  else part.words = "your test also accepts these wrong versions:\n";
  for (const std::string& name : survivors) part.words += "  - " + name + "\n";
  return {part};
}

std::string test_hint(const Exercise& e) {
  return std::string("strengthen my_test.h: compare the result with numbers worked out by hand") +
         (e.gradient ? ", and call gradcheck" : "") +
         ", on inputs where a wrong version differs; README.md shows how";
}

bool tells_mistakes_apart(const Example& example) {
  int64_t largest = example.inputs.empty() ? 3 : 0;
  for (const Tensor& x : example.inputs) largest = std::max(largest, x.numel());
  return largest >= 3;
}

}  // namespace

Report check_watched(const std::string& name, const Call& yours, const Test& test,
                     const Entering& entering) {
  const Exercise& e = exercise_named(name);
  Report report{name, {}, ""};
  Generator gen(11);
  Checker c{e, yours, test, e.examples(gen), report};
  // Tiny examples come last: many mistakes look alike on them.
  std::stable_partition(c.examples.begin(), c.examples.end(), tells_mistakes_apart);
  using Step = std::tuple<const char*, Found (*)(const Checker&), std::string>;
  std::vector<Step> steps = {{"result", check_result, e.result_hint}};
  if (e.gradient) steps.push_back({"gradient", check_gradient, e.gradient_hint});
  steps.push_back({"edge cases", check_edges, "read the hint above and the section on edge cases"});
  steps.push_back({"your test", check_test, test_hint(e)});
  bool going = true;
  for (const auto& [step, run, hint] : steps) {
    if (!going) {
      report.parts.push_back({step});
      continue;
    }
    running("");
    if (entering) entering(step, report);
    going = c.step(
        step, [&, run = run] { return run(c); }, hint);
  }
  if (report.passed()) {
    const std::vector<std::string> all = names();
    const auto at = std::find(all.begin(), all.end(), name) + 1;
    report.next = text({"compare your code with the library's in ", e.solution.file,
                        at == all.end() ? std::string("") : "; then gradus exercise " + *at});
  }
  return report;
}

Report check_call(const std::string& name, const Call& yours, const Test& test,
                  const std::function<void(const std::string&)>& entering) {
  return check_watched(name, yours, test, [&](const std::string& step, const Report&) {
    if (entering) entering(step);
  });
}

}  // namespace gradus::exercise
