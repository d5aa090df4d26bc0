// SPDX-License-Identifier: MIT
// The command line: how subcommands declare options and receive their values. Only cli.cpp and
// options.cpp use CLI11; every usage error is one line that suggests a correction and exits with
// status 2.
//   exit status: 0 success, 1 failure, 2 wrong usage, 128 + n stopped by SIGHUP, SIGINT or SIGTERM
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

/// The command line is wrong in a way that only the subcommand can detect.
struct UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};
[[noreturn]] void usage_error(std::initializer_list<Piece> pieces);

/// What a command accepts, for completions and the manual.
struct OptionInfo {
  std::string name;                  // "--epochs"; of an argument "FILE"
  std::string value;                 // "N", "X", "TEXT", "WORD", "[FILE]"; "" of a flag
  std::string help;                  // with default and range
  std::vector<std::string> words{};  // of a choice
  bool argument = false;
};

/// Declares the options of one subcommand. The initial value of a variable is its default and is
/// shown in the help. Names are "--like-this"; `_` is read as `-`.
class Options {
 public:
  /// Also adds a description of each option to `described`, unless it is null.
  explicit Options(CLI::App& app, std::vector<OptionInfo>* described = nullptr)
      : app_(app), described_(described) {}
  void flag(const std::string& name, bool& value, const std::string& help);
  /// --name and --no-name.
  void toggle(const std::string& name, bool& value, const std::string& help);
  void value(const std::string& name, std::string& value, const std::string& help);
  void value(const std::string& name, int64_t& value, const std::string& help,
             int64_t low = INT64_MIN, int64_t high = INT64_MAX);
  void value(const std::string& name, double& value, const std::string& help, double low = -1e308,
             double high = 1e308);
  /// --name or --name FILE: sets `given`, and `value` if it has one.
  void optional_value(const std::string& name, bool& given, std::string& value,
                      const std::string& help);
  /// One of several words.
  void choice(const std::string& name, std::string& value, const std::vector<std::string>& words,
              const std::string& help);
  /// The same for a variable of another type, such as an enum: `set` takes the word.
  void choice(const std::string& name, const std::string& standard,
              const std::vector<std::string>& words, const std::string& help,
              const std::function<void(const std::string& word)>& set);
  /// May be given several times: --name a --name b.
  void list(const std::string& name, std::vector<std::string>& values, const std::string& help);
  /// Positional arguments, in this order; `name` is in capitals.
  void argument(const std::string& name, std::string& value, const std::string& help);
  void optional_argument(const std::string& name, std::string& value, const std::string& help);
  void arguments(const std::string& name, std::vector<std::string>& values,
                 const std::string& help);
  /// --threads N, which sets the number of threads.
  void threads();

  /// Whether the option or argument `name` was given on the command line; valid while the command
  /// runs.
  bool given(const std::string& name) const;

 private:
  void describe(OptionInfo info);

  CLI::App& app_;
  std::vector<OptionInfo>* described_;
};

struct Command {
  std::string name, summary;
  std::vector<std::string> examples{};  // without the leading "gradus"
  std::function<void(Options&)> options{};
  std::function<int()> run{};    // called after the options are set; returns the exit status
  std::vector<Command> parts{};  // subcommands, one of which must be named
  /// The part that is implied by the words after the command if none is named, or "".
  std::function<std::string(const std::vector<std::string>& words)> implied_part{};
  /// The part that a named part stands for, given the words that follow; usually itself.
  std::function<std::string(const std::string& part, const std::vector<std::string>& words)>
      meant_part{};
};

/// What a command accepts, without its parts.
std::vector<OptionInfo> options_of(const Command& command);

/// Parses the command line, runs the command and reports errors; returns the status for main().
int run_program(int argc, char** argv, const std::vector<Command>& commands);

/// "did you mean X?" with the candidate nearest to `word`; "" if it differs in more than a third of
/// its letters.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates);

/// "from 1 to 9", "at least 1", or "" if there are no bounds.
std::string bounds(int64_t low, int64_t high);
std::string bounds(double low, double high);

/// "4,8,40" -> 4, 8, 40, sorted and without duplicates. Throws UsageError with the option's name.
std::vector<int64_t> number_list(const std::string& option, const std::string& words, int64_t low,
                                 int64_t high);

/// "a, b or c".
std::string joined(const std::vector<std::string>& words);

/// A shell command line that runs this program: {"info", "my run"} -> gradus info 'my run', with
/// the program name as the user has typed it.
std::string command_line(const std::vector<std::string>& words);
/// The same for any program.
std::string shell_line(const std::string& program, const std::vector<std::string>& words);

}  // namespace gradus::tools
