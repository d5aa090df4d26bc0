// SPDX-License-Identifier: MIT
// Completions in real shells, if they are installed, and the manual page.
#include <filesystem>
#include <fstream>

#include "tests/catch.h"
#include "tools/shell/command_info.h"

using namespace gradus::tests;
using namespace gradus::tools;
namespace fs = std::filesystem;

namespace tools_shell_test {

void need(const std::string& shell) {
  if (run(shell + " --version").status != 0) skip_test(shell + " is not installed");
}

std::string program() { return fs::absolute(gradus_program()).string(); }

// What bash offers for a line, in which the last word is being typed.
std::string in_bash(const std::vector<std::string>& words) {
  std::string line = "eval \"$(" + program() + " completion bash)\"; COMP_WORDS=(gradus";
  for (const std::string& word : words) line += " '" + word + "'";
  line += "); COMP_CWORD=" + std::to_string(words.size()) + "; _gradus; echo \"${COMPREPLY[*]}\"";
  const TempFolder temp;
  std::ofstream(temp.path + "/script") << line << "\n";
  std::ofstream(temp.path + "/table one.csv") << "x\n";
  const Finished f = run("cd " + temp.path + " && bash script");
  INFO(f.err);
  CHECK(f.err.empty());
  return f.out;
}

TEST_CASE("completion in bash: commands and tasks and options and words and files", "[cli]") {
  need("bash");
  CHECK(in_bash({"tra"}) == "train translate\n");
  CHECK(has(in_bash({"train", ""}), "copy reverse"));
  CHECK(in_bash({"train", "copy", "--opt"}) == "--optimizer\n");
  CHECK(has(in_bash({"train", "copy", "--optimizer", ""}), "adamw adam"));
  CHECK(has(in_bash({"train", "copy", "--optimizer", "=", ""}), "adamw adam"));
  CHECK(in_bash({"info", "tab"}) == "table one.csv\n");
  CHECK(in_bash({"train", "--epochs", "copy", "--dry"}) == "--dry-run\n");
}

TEST_CASE("completion in zsh and fish: the script is read and knows the commands", "[cli]") {
  const std::string gradus = program() + " completion ";
  need("zsh");
  const Finished zsh = run("zsh -f -c 'autoload -Uz compinit; compinit -D; source <(" + gradus +
                           "zsh); print $_comps[gradus]; functions _gradus | grep -c scaled'");
  CHECK(has(zsh.out, "_gradus"));
  CHECK(zsh.err.empty());
  need("fish");
  const Finished fish = run("fish -c '" + gradus + "fish | source; complete -C \"gradus tra\"; " +
                            "complete -C \"gradus train copy --optimizer ad\"'");
  CHECK(fish.err.empty());
  CHECK(has(fish.out, "train\ttrain a model"));
  CHECK(has(fish.out, "adagrad"));
}

TEST_CASE("the manual page has every command and option and is well formed", "[cli]") {
  const Finished page = run(gradus_program() + " manual");
  CHECK(page.status == 0);
  for (const CommandInfo& command : described_program().parts) {
    INFO(command.name);
    CHECK(has(page.out, ".SS gradus " + command.name + "\n"));
  }
  CHECK(has(page.out, "\\-\\-batch\\-size"));
  need("man");
  const TempFolder temp;
  std::ofstream(temp.path + "/gradus.1") << page.out;
  const Finished shown = run("LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l " + temp.path +
                             "/gradus.1 2>&1 | head -40");
  CHECK(has(shown.out, "GRADUS(1)"));
  CHECK_FALSE(has(shown.out, "warning"));
}

TEST_CASE("an unknown shell is refused", "[cli]") {
  const Finished f = run(gradus_program() + " completion tcsh");
  CHECK(f.status == 2);
  CHECK(has(f.err, "expected bash, zsh or fish"));
}

}  // namespace tools_shell_test
