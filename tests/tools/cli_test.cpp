// SPDX-License-Identifier: MIT
// The command line: results on stdout, errors of one line, exit statuses.
#include "tests/catch.h"

#include <algorithm>
#include <regex>
#include <sstream>

#include "tools/cli/words.h"

using namespace gradus::tests;

namespace tools_cli_test {

Finished program(const std::string& words) { return run(gradus_program() + " " + words); }

long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

// A refusal: status 2, nothing on stdout, at most three lines with this word, no help text.
void refused(const std::string& words, const std::string& expected) {
  const Finished f = program(words);
  INFO("gradus " << words << "\n" << f.out << f.err);
  CHECK(f.status == 2);
  CHECK(f.out.empty());
  CHECK(has(f.err, expected));
  CHECK(f.err.rfind("gradus", 0) == 0);
  CHECK(lines(f.err) >= 1);
  CHECK(lines(f.err) <= 3);
  CHECK_FALSE(has(f.err, "Usage"));
}

TEST_CASE("gradus --version", "[cli]") {
  const Finished f = program("--version");
  CHECK(f.status == 0);
  CHECK(f.err.empty());
  CHECK(std::regex_search(f.out, std::regex("^gradus \\d+\\.\\d+\\.\\d+\n")));
  for (const char* word : {"OpenBLAS 0.", " flavour", " kernels", "threads ", "compiler "}) {
    INFO(word);
    CHECK(has(f.out, word));
  }
}

TEST_CASE("a mistyped word gets one line with the nearest name", "[cli]") {
  refused("gradchek", "did you mean gradcheck?");
  refused("--verzion", "did you mean --version?");
  refused("gradcheck --mutant", "did you mean --mutants?");
  refused("gradcheck --sampels 3", "did you mean --samples?");
  refused("gradcheck sofmax", "did you mean softmax?");
  refused("gradcheck softmax Sotfmax", "did you mean softmax?");
  refused("train lm a.txt --lr-find", "gradus train lm --help lists them");
}

TEST_CASE("other wrong usage", "[cli]") {
  refused("", "a command is missing");
  refused("quux", "gradcheck");
  refused("gradcheck --quux", "--help");
  refused("gradcheck -x", "-x");
  refused("gradcheck zzzzzzzzzzzz", "unknown op zzzzzzzzzzzz");
  refused("gradcheck --samples", "--samples needs a value");
  refused("gradcheck --samples many", "--samples many");
  refused("gradcheck --samples 3x", "a whole number");
  refused("gradcheck --samples -1", "0 to 1000000");
  refused("gradcheck --samples 99999999999999999999", "0 to 1000000");
  refused("gradcheck --samples=", "--samples");
  refused("gradcheck --threads 0", "1 to 1024");
  refused("gradcheck \"$(printf 'a\\033b')\"", "a\\x1bb");
  refused("$(printf 'x%.0s' $(seq 5000))", "...");
}

TEST_CASE("help is on stdout and lists all commands", "[cli]") {
  const Finished f = program("--help"), g = program("gradcheck --help");
  CHECK(f.status == 0);
  CHECK(f.err.empty());
  CHECK(has(f.out, "Usage: gradus [options]"));
  CHECK(has(f.out, "gradcheck"));
  CHECK(g.status == 0);
  CHECK(has(g.out, "Usage: gradus gradcheck [options] [NAME...]"));
  CHECK(has(g.out, "[0; 0 to 1000000]"));  // default and range
  CHECK(program("gradcheck nonsense --help").status == 0);
}

TEST_CASE("gradus help is --help", "[cli]") {
  CHECK(program("help").out == program("--help").out);
  CHECK(program("help train copy").out == program("train copy --help").out);
  refused("help trian", "did you mean train?");
}

TEST_CASE("a list takes blanks after commas and commas in names", "[cli]") {
  using Names = std::vector<std::string>;
  using gradus::tools::names_in;
  CHECK(names_in("a,b") == Names{"a", "b"});
  CHECK(names_in(" a , b c,,") == Names{"a", "b c"});
  CHECK(names_in("last\\, first,x\\y") == Names{"last, first", "x\\y"});
  CHECK(names_in("").empty());
}

TEST_CASE("on a terminal no line of the help is wider", "[cli]") {
  const std::string in_terminal = "script -q -e -c ";
  if (!has(run(in_terminal + "'echo works' /dev/null").out, "works"))
    skip_test("script cannot open a terminal");
  const std::string help = run("stty cols 80 2>/dev/null; " + in_terminal + "'stty cols 72; " +
                               gradus_program() + " train classify --help' /dev/null")
                               .out;
  std::istringstream lines(help);
  size_t widest = 0;
  for (std::string line; std::getline(lines, line);)
    widest = std::max(widest, line.find_last_not_of("\r \n") + 1);
  CHECK(widest > 60);
  CHECK(widest <= 72);
  CHECK(has(help, "--separator TEXT"));
}

TEST_CASE("the examples in the help of gradcheck run", "[cli]") {
  const std::string help = program("gradcheck --help").out;
  const std::regex example("\n  gradus (.*)");
  int count = 0;
  for (std::sregex_iterator i(help.begin(), help.end(), example), end; i != end; ++i, ++count) {
    const Finished f = program((*i)[1]);
    INFO(i->str() << f.out << f.err);
    CHECK(f.status == 0);
  }
  CHECK(count >= 2);
}

TEST_CASE("gradus gradcheck prints one line per op and a closing line", "[cli]") {
  const Finished f = program("gradcheck softmax --seed 3");
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  CHECK(f.err.empty());
  CHECK(lines(f.out) == 2);
  CHECK(std::regex_search(f.out, std::regex("^softmax +\\d+ +\\d\\.\\de-\\d+ +- +pass\n1 op, ")));
  const Finished m = program("gradcheck --mutants softmax --samples 13");
  INFO(m.out << m.err);
  std::smatch found;
  const std::regex line("^softmax +13 +\\d\\.\\de-\\d+ +(\\d+)/(\\d+) +pass\n1 op, 13 samples, .*");
  REQUIRE(std::regex_search(m.out, found, line));
  CHECK(found[1] == found[2]);
  CHECK(std::stoi(found[1]) >= 10);
}

TEST_CASE("an option given twice adds or is refused in every command", "[cli]") {
  refused("gradcheck softmax --seed 9 --seed=3", "--seed is given twice, with 9 and 3");
  refused("attention run --layer 1 --layer 2", "--layer is given twice, with 1 and 2");
  refused("train copy --steps 3 --lr 0.1 --steps 3", "--steps is given twice");
  refused("train lm a.txt --lines --no-lines", "--lines and --no-lines contradict each other");
  refused("predict run a.csv --threads 1 --threads 2", "--threads is given twice");
  CHECK(program("gradcheck softmax --mutants --mutants").status == 0);
}

TEST_CASE("_ equals - and threads change nothing", "[cli]") {
  const std::string one = program("gradcheck softmax --seed 3 --threads 1").out;
  CHECK(has(one, "pass"));
  CHECK(program("gradcheck softmax --seed=3 --threads 8").out == one);
  CHECK(program("gradcheck softmax --samples 0").out == program("gradcheck -- softmax").out);
}

TEST_CASE("an output that cannot be written is a failure", "[cli]") {
  const Finished f = run(gradus_program() + " gradcheck softmax >/dev/full");
  CHECK(f.status == 1);
  CHECK(has(f.err, "could not be written"));
  CHECK(run(gradus_program() + " --version >/dev/full").status == 1);
}

TEST_CASE("gradus parity: a file that is not a case fails and the following ones still run",
          "[cli]") {
  const std::string cases = "tests/parity/cases/";
  const Finished f = program("parity tests/parity/make_cases.py none.safetensors " + cases +
                             "mul_same.safetensors " + cases + "nn_Linear.safetensors");
  INFO(f.out << f.err);
  CHECK(f.status == 1);
  CHECK(has(f.out, "FAIL make_cases inf -: tests/parity/make_cases.py"));
  CHECK(has(f.out, "FAIL none inf -: cannot read none.safetensors"));
  CHECK(has(f.out, "pass mul_same"));
  CHECK(has(f.out, "\n2 passed, 2 failed, 0 unknown\n"));
}

}  // namespace tools_cli_test
