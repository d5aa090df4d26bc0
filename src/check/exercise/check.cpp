// SPDX-License-Identifier: MIT
// The steps of a check: result, gradient, edge cases, the learner's test.
#include <algorithm>
#include <cmath>

#include "check/exercise/exercise.h"
#include "check/exercise/words.h"
#include "gradus/check/diagnosis.h"

namespace gradus::exercise {
namespace {

constexpr size_t looked_at = 4;  // failing examples that a name of a mistake must explain

struct Checker {
  const Exercise& e;
  const Call& yours;
  const Test& test;
  std::vector<Example> examples;
  Report& report;

  // One step: what it returns goes into the report; so does what it throws.
  bool step(const std::string& name, const std::function<Part()>& run, const std::string& hint) {
    Part part{name, Outcome::failed};
    std::string next = hint;
    try {
      part = run();
    } catch (const Hole& hole) {
      part.words = "not written yet: " + hole.what;
      next = "write " + hole.what + " in " + e.name + ".h; README.md explains it";
    } catch (const std::exception& error) {
      part.words = text({"it ends with an error: ", error.what()});
    } catch (...) {
      part.words = "it throws something that is not a std::exception";
    }
    report.parts.push_back(part);
    if (part.outcome != Outcome::passed && report.next.empty()) report.next = next;
    return part.outcome == Outcome::passed;
  }

  // What the learner's function does on an example; errors name the example.
  Outcomes run(const Example& example, bool gradients) const {
    try {
      return outcomes_of(e, nullptr, yours, example, gradients);
    } catch (const std::exception& error) {
      throw std::runtime_error(text(
          {error.what(), "\nin the example ", example.label, " with ", inputs_text(e, example)}));
    }
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

Part check_result(const Checker& c) {
  Part part{"result", Outcome::passed};
  std::vector<const Example*> failing;
  size_t passed = 0;
  std::string first, pattern;
  for (const Example& example : c.examples) {
    const Tensors mine = c.run(example, false).results, right = c.expected(example);
    const std::string wrong = difference(mine, right, 1e-9);
    passed += wrong.empty();
    if (wrong.empty() || failing.size() == looked_at) continue;
    failing.push_back(&example);
    if (first.empty()) first = described(c.e, example) + wrong;
    if (pattern.empty()) pattern = result_pattern(mine, right, example);
  }
  part.figure = text({passed, " of ", c.examples.size(), " examples"});
  if (failing.empty()) return part;
  part.outcome = Outcome::failed;
  const std::string known = known_mistake(c, failing, false);
  part.words = first + looks_like(known, pattern);
  return part;
}

CheckedFunction checked(const Checker& c, const Example& example) {
  return [&c, &example](Inputs in) { return c.yours(in, example.numbers); };
}

Part check_gradient(const Checker& c) {
  Part part{"gradient", Outcome::passed};
  std::vector<const Example*> failing;
  size_t passed = 0, all = 0;
  std::string first, pattern;
  for (const Example& example : c.examples) {
    if (!example.gradient) continue;
    ++all;
    c.run(example, true);  // an error there names the example
    const DiagnosedReport d = diagnose_gradients(checked(c, example), example.inputs);
    if (d.report) {
      ++passed;
      continue;
    }
    if (failing.size() == looked_at) continue;
    failing.push_back(&example);
    if (first.empty()) first = described(c.e, example) + gradient_difference(c.e, example, d);
    if (pattern.empty()) pattern = gradient_pattern(c.e, example, d);
  }
  part.figure = text({passed, " of ", all, " examples"});
  if (failing.empty()) return part;
  part.outcome = Outcome::failed;
  part.words = first + looks_like(known_mistake(c, failing, true), pattern);
  return part;
}

// What is wrong with one edge case, or "".
std::string edge_failure(const Checker& c, const Edge& edge) {
  try {
    const Tensors mine = outcomes_of(c.e, nullptr, c.yours, edge.example, false).results;
    if (edge.refused) return "should be refused with an exception, and is accepted\n";
    return difference(mine, c.expected(edge.example), 1e-8);
  } catch (const std::invalid_argument& error) {
    return edge.refused ? "" : text({"ends with an error: ", error.what(), "\n"});
  }
}

Example narrow(const Example& example) {
  Example f32{example.label + " in f32", example.inputs, example.numbers};
  for (Tensor& x : f32.inputs)
    if (x.dtype() == DType::f64) x = x.to(DType::f32);
  return f32;
}

Part check_edges(const Checker& c) {
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
  part.figure = text({passed, " of ", all});
  if (passed < all) part.outcome = Outcome::failed;
  return part;
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

Part check_test(const Checker& c) {
  Part part{"your test", Outcome::failed};
  std::string error;
  if (!accepts(c.test, c.e.right, error)) {
    part.words = "it rejects the library's own " + c.e.name + ", which is right" + error + "\n";
    return part;
  }
  if (!accepts(c.test, c.yours, error)) {
    part.words = "it accepts the library's " + c.e.name + " and rejects yours" + error + "\n";
    return part;
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
  else part.words = "it also accepts " + c.e.name + " when\n";
  for (const std::string& name : survivors) part.words += "  - " + name + "\n";
  return part;
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

Report check_call(const std::string& name, const Call& yours, const Test& test,
                  const std::function<void(const std::string&)>& entering) {
  const Exercise& e = exercise_named(name);
  Report report{name, {}, ""};
  Generator gen(11);
  Checker c{e, yours, test, e.examples(gen), report};
  // Tiny examples come last: many mistakes look alike on them.
  std::stable_partition(c.examples.begin(), c.examples.end(), tells_mistakes_apart);
  using Step = std::tuple<const char*, Part (*)(const Checker&), std::string>;
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
    if (entering) entering(step);
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

}  // namespace gradus::exercise
