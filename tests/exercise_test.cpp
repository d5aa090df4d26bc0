// SPDX-License-Identifier: MIT
// The exercises: right answers pass, typical wrong ones fail with an explanation, folders build as
// a learner builds them, and nothing that a learner writes hangs the check or looks like success.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gradus/io/file.h"
#include "tests/catch.h"
#include "tests/exercises/answers.h"
#include "tools/exercise/pages.h"
#include "tools/lab/page.h"

using namespace gradus;
using namespace gradus::tests;
using namespace gradus::tools;
namespace fs = std::filesystem;

namespace exercise_test {

const std::vector<Answers>& all_answers() {
  static const std::vector<Answers> all = [] {
    std::vector<Answers> list;
    for (auto* more : {elementwise_answers, matrix_answers, softmax_answers, norm_answers,
                       attention_answers, recurrent_answers, optim_answers, search_answers})
      for (Answers& a : more()) list.push_back(std::move(a));
    return list;
  }();
  return all;
}

const Answers& answers_to(const std::string& name) {
  for (const Answers& a : all_answers())
    if (a.name == name) return a;
  FAIL("no answers to " << name);
  return all_answers()[0];
}

// Without the folding of lines.
bool says(const std::string& text, const std::string& words) {
  std::string flat;
  for (char c : text)
    if (c != ' ' && c != '\n') flat += c;
    else if (!flat.empty() && flat.back() != ' ') flat += ' ';
  return has(flat, words);
}

void write(const std::string& path, const std::string& words) { std::ofstream(path) << words; }

TEST_CASE("the pages of the exercises are complete", "[exercise]") {
  const std::vector<std::string> names = exercise::names();
  const std::vector<const ExercisePage*> pages = exercise_pages();
  CHECK(names.size() == 20);
  REQUIRE(pages.size() == names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const ExercisePage& p = *pages[i];
    INFO(names[i]);
    CHECK(p.name == names[i]);
    CHECK(p.title.size() <= 50);
    for (const std::string* text : {&p.what, &p.formula, &p.shapes, &p.example, &p.code, &p.test}) {
      CHECK(text->size() > 40);
      CHECK(text->front() == '\n');
    }
    CHECK(p.hints.size() >= 3);
    CHECK(has(p.code, "exercise::hole("));
    CHECK(has(p.test, "// weak"));
    const exercise::Solution place = exercise::solution(p.name);
    INFO(place.file << ": " << place.words);
    CHECK(has(place_text({place.file, place.words}), place.file + ":"));
  }
}

TEST_CASE("right answers to all exercises pass", "[exercise]") {
  for (const std::string& name : exercise::names()) {
    const exercise::Report r = answers_to(name).right();
    INFO(r.str());
    CHECK(r.passed());
    CHECK(has(r.str(), "All passed."));
    CHECK(has(r.next, exercise::solution(name).file));
  }
}

TEST_CASE("typical wrong answers fail and hear which mistake it is", "[exercise]") {
  int named = 0;
  for (const std::string& name : exercise::names()) {
    const Answers& answers = answers_to(name);
    CHECK(answers.wrong.size() >= 3);
    bool all = true;
    for (const WrongAnswer& w : answers.wrong) {
      const exercise::Report r = w.marks();
      INFO(w.label << "\n" << r.str());
      CHECK(!r.passed());
      CHECK(!r.next.empty());
      CHECK(says(r.str(), w.words));
      all = all && says(r.str(), w.words);
    }
    named += all;
  }
  CHECK(named >= 12);
}

Tensor right_square(const Tensor& x) { return x * x; }
Tensor unwritten(const Tensor&) { exercise::hole("forward"); }
Tensor throws(const Tensor&) { throw std::runtime_error("my own words"); }
Tensor throws_a_number(const Tensor&) { throw 5; }
Tensor undefined(const Tensor&) { return {}; }
Tensor other_shape(const Tensor& x) { return sum(x); }
Tensor other_dtype(const Tensor& x) { return (x * x).to(DType::f64); }
Tensor constant(const Tensor& x) { return (x.detach() * x.detach()); }
struct NoGradients {
  static constexpr const char* name = "square";
  Tensor forward(Inputs in) { return in[0] * in[0]; }
  Grads backward(const Tensor&, Wanted) const { return {}; }
};
Tensor no_gradients(const Tensor& x) { return apply(NoGradients{}, x); }
struct NotANumber {
  static constexpr const char* name = "square";
  Tensor forward(Inputs in) { return in[0] * in[0]; }
  Grads backward(const Tensor& dy, Wanted) const { return {dy * NAN}; }
};
Tensor nan_gradient(const Tensor& x) { return apply(NotANumber{}, x); }
Tensor no_empties(const Tensor& x) { return amax(x) + x * x - amax(x); }
Tensor changes_x(const Tensor& x) {
  const Tensor y = x * x;
  if (!x.requires_grad()) Tensor(x).fill_(0);
  return y;
}

bool thorough(std::function<Tensor(const Tensor&)> f) {
  const Tensor x = tensor({1, -2, 0.5}, DType::f64);
  return near(f(x), tensor({1, 4, 0.25}, DType::f64)) &&
         gradients_are_right([&](Inputs in) -> Tensors { return {f(in[0])}; }, {x});
}
bool accepts_all(std::function<Tensor(const Tensor&)>) { return true; }
bool rejects_all(std::function<Tensor(const Tensor&)>) { return false; }
bool values_only(std::function<Tensor(const Tensor&)> f) {
  return near(f(tensor({3, -2}, DType::f64)), tensor({9, 4}, DType::f64));
}

exercise::Report square_with(Tensor (*f)(const Tensor&),
                             bool (*test)(std::function<Tensor(const Tensor&)>)) {
  return exercise::check("square", f, test);
}

TEST_CASE("the check of an exercise reports what a function did instead", "[exercise]") {
  const auto words = [](Tensor (*f)(const Tensor&)) {
    const exercise::Report r = square_with(f, thorough);
    CHECK(!r.passed());
    return r.str();
  };
  CHECK(has(words(unwritten), "not written yet: forward"));
  CHECK(has(words(throws), "it ends with an error: my own words"));
  CHECK(has(words(throws), "in the example x f64 [3]"));
  CHECK(has(words(throws_a_number), "throws something that is not a std::exception"));
  CHECK(has(words(undefined), "it returns an undefined tensor"));
  CHECK(has(words(other_shape), "it returns f64 [] and should return f64 [3]"));
  CHECK(has(words(other_dtype), "f32 comes in and f32 must come out"));
  CHECK(has(words(constant), "it is zero everywhere"));
  CHECK(has(words(changes_x), "your function changes its input x"));
  CHECK(has(words(no_gradients), "backward returns 0 gradients for 1 input\n"));
  CHECK(has(words(no_gradients), "Next: return a list with one gradient for each input"));
  CHECK(has(words(nan_gradient), "is nan and should be"));
  CHECK(has(words(nan_gradient), "Next: look for 0/0"));
  CHECK(has(words(nan_gradient), "  dy = ["));
  CHECK(has(words(other_shape), "Next: look for a sum that drops an axis"));
  CHECK(has(words(no_empties), "in the example with no elements, x f64 [0]"));
  CHECK(has(words(no_empties), "5 of 6 examples right"));
  CHECK(has(words(no_empties), "Next: treat inputs without elements first"));
  CHECK_THROWS_AS(exercise::check("squar", right_square, thorough), std::invalid_argument);
  CHECK(has(message_of([] { exercise::check("squar", right_square, thorough); }),
            "did you mean square?"));
}

TEST_CASE("a learner's test hears which wrong versions it lets through", "[exercise]") {
  const exercise::Report strong = square_with(right_square, thorough);
  INFO(strong.str());
  CHECK(strong.passed());
  const std::string weak = square_with(right_square, accepts_all).str();
  INFO(weak);
  CHECK(has(weak, "0 of "));
  CHECK(has(weak, "  - 2 x instead of x squared\n"));
  CHECK(has(weak, "  - the gradient is negated\n"));
  CHECK(says(weak, "strengthen my_test.h"));
  const std::string values = square_with(right_square, values_only).str();
  INFO(values);
  CHECK(!has(values, "  - 2 x instead of x squared\n"));
  CHECK(has(values, "  - the factor 2 is missing in the gradient\n"));
  CHECK(has(weak, "your test also accepts these wrong versions:"));
  const std::string strict = square_with(right_square, rejects_all).str();
  CHECK(has(strict, "it rejects the library's own square"));
  CHECK(has(strict, "Next: my_test.h is too strict"));
}

TEST_CASE("the command lists the exercises and never overwrites a folder", "[exercise]") {
  const Finished list = run(gradus_program() + " exercise");
  CHECK(list.status == 0);
  for (const std::string& name : exercise::names()) CHECK(has(list.out, " " + name + " "));
  CHECK(has(run(gradus_program() + " exercise sofmax").err, "Did you mean softmax?"));
  CHECK(run(gradus_program() + " exercise --to x").status == 2);
  const TempFolder temp;
  const std::string folder = temp.path + "/new/soft max";
  const std::string make = gradus_program() + " exercise softmax --to '" + folder + "'";
  const Finished made = run(make);
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  CHECK(has(made.out, folder));
  write(folder + "/softmax.h", "mine\n");
  const Finished again = run(make);
  CHECK(again.status == 1);
  CHECK(has(again.err, "exists already, and nothing was changed"));
  CHECK(read_file(folder + "/softmax.h") == "mine\n");
  fs::create_symlink("nowhere", temp.path + "/link");
  CHECK(run(gradus_program() + " exercise softmax --to " + temp.path + "/link").status == 1);
  write(temp.path + "/file", "");
  CHECK(run(gradus_program() + " exercise softmax --to " + temp.path + "/file/x").status == 1);
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::istringstream lines(read_file(entry.path().string()));
    CHECK(fs::file_size(entry.path()) > 0);
  }
}

// ---- folders, built as a learner builds them

void needs_a_compiler() {
  if (sanitized || !std::getenv("GRADUS_MAKE")) skip_test("builds with the release library");
}

std::string make_check(const std::string& folder) {
  return "env -u MAKEFLAGS -u MFLAGS make -C '" + folder + "' check";
}

// One program of all folders as they are given, each in a namespace of its own.
std::string all_in_one(const std::string& root) {
  std::string code = "#include <gradus/check/exercise.h>\n#include <gradus/gradus.h>\n";
  for (const char* header : {"algorithm", "cmath", "functional", "map", "stdexcept", "utility"})
    code += std::string("#include <") + header + ">\n";
  std::string calls;
  for (const std::string& name : exercise::names()) {
    std::string program = read_file(root + "/" + name + "/check.cpp");
    program.replace(program.find("int main()"), 10, "int marks()");
    const std::string quoted = "#include \"";
    for (size_t at = 0; (at = program.find(quoted, at)) != program.npos; at += quoted.size())
      program.insert(at + quoted.size(), name + "/");
    code += "namespace of_" + name + " {\n" + program + "}\n";
    calls += "  failed += of_" + name + "::marks();\n";
  }
  return code + "int main() {\n  int failed = 0;\n" + calls + "  return failed;\n}\n";
}

const char* const modes = R"(#pragma once
#include <gradus/check/exercise.h>
#include <gradus/gradus.h>
#include <cstdlib>
namespace mine {
using namespace gradus;
inline bool is(const char* mode) { return std::string(std::getenv("MODE")) == mode; }
struct Square {
  static constexpr const char* name = "square";
  Tensor x{};
  Tensor forward(Inputs in) {
    x = in[0];
    if (is("hang")) for (volatile int i = 0; i < 1; ) {}
    if (is("crash")) *reinterpret_cast<volatile int*>(x.numel() - x.numel()) = 1;
    if (is("exit")) std::exit(0);
    std::vector<double> v;
    if (is("memory")) v.resize(size_t{1} << 30);
    return x * x;
  }
  Grads backward(const Tensor& dy, Wanted) const {
    if (is("late crash")) *reinterpret_cast<volatile int*>(x.numel() - x.numel()) = 1;
    return {(is("wrong") ? 1.0 : 2.0) * x * dy};
  }
};
inline Tensor square(const Tensor& x) { return apply(Square{}, x); }
}  // namespace mine
)";

const char* const strong_test = R"(#pragma once
#include <gradus/gradus.h>
namespace mine {
using namespace gradus;
inline bool my_test(std::function<Tensor(const Tensor&)> square) {
  const Tensor x = tensor({1, -2, 0.5}, DType::f64);
  if (std::abs(square(x)[2].item() - 0.25) > 1e-9) return false;
  return bool(gradcheck([&](Inputs in) -> Tensors { return {square(in[0])}; }, {x}));
}
}  // namespace mine
)";

TEST_CASE("a learner's folder passes and fails and never hangs", "[exercise]") {
  needs_a_compiler();
  const TempFolder temp;
  const std::string folder = temp.path + "/square";
  REQUIRE(run(gradus_program() + " exercise square --to " + folder).status == 0);
  write(folder + "/square.h", modes);
  write(folder + "/my_test.h", strong_test);
  std::string program = read_file(folder + "/check.cpp");
  program.replace(program.find("my_test);"), 9, "my_test, 2);");  // seconds
  write(folder + "/check.cpp", program);
  const auto mode = [&](const std::string& name) {
    return run("MODE='" + name + "' " + make_check(folder));
  };
  const Finished right = mode("right");
  INFO(right.out << right.err);
  CHECK(right.status == 0);
  CHECK(has(right.out, "All passed. Well done."));
  CHECK(right.err == "");  // no warnings of the compiler
  for (const auto& [name, words] : std::vector<std::pair<std::string, std::string>>{
           {"wrong", "times 0.5: is the 2 of a square missing?"},
           {"hang", "FAILED result: stopped after 2 s"},
           {"crash", "FAILED result: your code crashed in forward, in the example x f64 [3]"},
           {"late crash",
            "passed result: 6 of 6 examples right FAILED gradient: your code crashed "
            "in backward, in the example x f64 [3]"},
           {"exit", "FAILED result: your code ends the program"},
           {"memory", "it ends with an error: std::bad_alloc"}}) {
    const Finished f = mode(name);
    INFO(name << "\n" << f.out << f.err);
    CHECK(f.status != 0);
    CHECK(says(f.out, words));
  }
}

TEST_CASE("code that does not compile is reported in a few lines", "[exercise]") {
  needs_a_compiler();
  const TempFolder temp;
  const std::string folder = temp.path + "/square";
  for (const auto& [from, to, words] : std::vector<std::array<std::string, 3>>{
           {"Grads backward", "Grads backwards", "forward or backward is missing or misspelt"},
           {"return x * x;", "x * x;", "no return statement"}}) {
    fs::remove_all(folder);
    REQUIRE(run(gradus_program() + " exercise square --to " + folder).status == 0);
    std::string header = read_file(folder + "/square.h");
    const size_t at = header.find("exercise::hole");
    header.replace(at, header.find('\n', at) - at, "return x * x;");
    header.replace(header.find(from), from.size(), to);
    write(folder + "/square.h", header);
    const Finished f = run(make_check(folder));
    INFO(f.out << f.err);
    CHECK(f.status != 0);
    CHECK(has(f.err, words));
    CHECK(std::count(f.err.begin(), f.err.end(), '\n') < 15);
  }
}

TEST_CASE("all folders compile as they are given and ask for what is missing", "[exercise]") {
  needs_a_compiler();
  const TempFolder temp;
  for (const ExercisePage* page : exercise_pages())
    write_exercise(*page, temp.path + "/" + page->name);
  write(temp.path + "/check.cpp", all_in_one(temp.path));
  std::string rules = read_file(temp.path + "/square/Makefile");
  rules.replace(rules.find(" square.h my_test.h"), 19, "");
  rules.replace(rules.find("-O1"), 3, "-O0 -Wextra -Wno-unused-parameter");
  write(temp.path + "/Makefile", rules);
  const Finished f = run(make_check(temp.path));
  INFO(f.out << f.err);
  CHECK(!has(f.err, "warning"));
  size_t asked = 0;
  for (size_t at = 0; (at = f.out.find("not written yet: ", at)) != f.out.npos; ++at) ++asked;
  CHECK(asked == exercise::names().size());
}

TEST_CASE("an installed program makes folders that build against it", "[exercise]") {
  needs_a_compiler();
  const TempFolder temp;
  const std::string to = temp.path + "/usr";
  const Finished done = run(std::string(std::getenv("GRADUS_MAKE")) + " install PREFIX=" + to);
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  REQUIRE(run(to + "/bin/gradus exercise softmax --to " + temp.path + "/soft").status == 0);
  CHECK(has(read_file(temp.path + "/soft/Makefile"), to + "/include"));
  const Finished f = run(make_check(temp.path + "/soft"));
  INFO(f.out << f.err);
  CHECK(f.status != 0);
  CHECK(has(f.out, "not written yet: forward"));
}

}  // namespace exercise_test
