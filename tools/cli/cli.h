// SPDX-License-Identifier: MIT
// The command line: what a subcommand declares, and how its arguments reach it. CLI11 parses, in
// cli.cpp alone; every refusal is in our words, one line, with the nearest name, and exits with 2.
//   exit status: 0 done, 1 it failed, 2 wrong usage, 128 + n stopped by SIGHUP, SIGINT or SIGTERM
#pragma once
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "gradus/base/error.h"

namespace CLI {
class App;
}

namespace gradus::tools {

/// The command line is wrong, in a way that only the subcommand can see.
struct UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};
[[noreturn]] void usage_error(std::initializer_list<Piece> pieces);

/// Declares the options of one subcommand. What a variable holds when it is declared is its
/// default, and stands in the help. Names are "--like-this"; `_` is taken for `-`.
class Options {
 public:
  explicit Options(CLI::App& app) : app_(app) {}
  void flag(const std::string& name, bool& value, const std::string& help);
  /// --name and --no-name.
  void toggle(const std::string& name, bool& value, const std::string& help);
  void value(const std::string& name, std::string& value, const std::string& help);
  void value(const std::string& name, int64_t& value, const std::string& help,
             int64_t low = INT64_MIN, int64_t high = INT64_MAX);
  void value(const std::string& name, double& value, const std::string& help,
             double low = -1e308, double high = 1e308);
  /// One of a few words.
  void choice(const std::string& name, std::string& value, const std::vector<std::string>& words,
              const std::string& help);
  /// Given any number of times: --name a --name b.
  void list(const std::string& name, std::vector<std::string>& values, const std::string& help);
  /// Arguments without a name, in this order; `name` in capitals.
  void argument(const std::string& name, std::string& value, const std::string& help);
  void optional_argument(const std::string& name, std::string& value, const std::string& help);
  void arguments(const std::string& name, std::vector<std::string>& values,
                 const std::string& help);
  /// --threads N, which sets the threads of all loops.
  void threads();

  /// Whether an option or argument of this name stands on the command line; asked while the
  /// command runs.
  bool given(const std::string& name) const;

 private:
  CLI::App& app_;
};

struct Command {
  std::string name, summary;
  std::vector<std::string> examples{};  // without the leading "gradus"
  std::function<void(Options&)> options{};
  std::function<int()> run{};           // after its options are set; returns the exit status
  std::vector<Command> parts{};         // its own subcommands, of which one must be named
  /// Where no part is named: the name of the part that the words after the command mean, or "".
  std::function<std::string(const std::vector<std::string>& words)> implied_part{};
  /// The part that a named one means before the words that follow; most often itself.
  std::function<std::string(const std::string& part, const std::vector<std::string>& words)>
      meant_part{};
};

/// Parses, runs, and reports: what main() returns.
int run_program(int argc, char** argv, const std::vector<Command>& commands);

/// "did you mean X?" with the candidate nearest to `word`, or "" where it differs in more than a
/// third of the word.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates);

/// "from 1 to 9", "at least 1" or "", where the bounds are those of anything at all.
std::string bounds(int64_t low, int64_t high);
std::string bounds(double low, double high);

/// "a, b or c".
std::string joined(const std::vector<std::string>& words);

/// A command line that runs this program, fit for a shell: {"info", "my run"} -> gradus info
/// 'my run', with the program named as the user has named it.
std::string command_line(const std::vector<std::string>& words);
/// The same of any program.
std::string shell_line(const std::string& program, const std::vector<std::string>& words);

}  // namespace gradus::tools
