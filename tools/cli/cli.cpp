// SPDX-License-Identifier: MIT
// Parses the command line with CLI11 and runs the command. Arguments are checked before, because
// CLI11's own errors suggest no correction (a mistyped subcommand is "required").
#include "tools/cli/cli.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include "gradus/train/progress.h"
#include "gradus/train/stop.h"
#include "tools/cli/terminal.h"
#include "tools/cli/user_words.h"

namespace gradus::tools {
namespace {

// ---- checking the arguments

std::string path_of(const CLI::App* app) {
  return (app->get_parent() ? path_of(app->get_parent()) + " " : "") + app->get_name();
}

// A usage error prefixed with its command.
struct Refusal : UsageError {
  Refusal(const CLI::App* app, std::initializer_list<Piece> pieces)
      : UsageError(path_of(app) + ": " + text(pieces)) {}
};

std::vector<std::string> names_of_parts(const CLI::App* app) {
  std::vector<std::string> names;
  for (const CLI::App* part : app->get_subcommands({})) names.push_back(part->get_name());
  return names;
}

bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9') && word[1] != '.';
}

using Known = std::map<const CLI::App*, const Command*>;

// Normalises and checks the command line: `_` in option names becomes `-`, an implied part is
// inserted, unknown words are refused. Arguments go to the end, after a "--": otherwise CLI11 takes
// a file named like a subcommand, such as `data`, for that subcommand.
class WordChecker {
 public:
  WordChecker(CLI::App& app, std::vector<std::string>& words, const Known& known)
      : app_(&app), known_(known) {
    std::vector<std::string> sorted;
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "--") {
        for (++i; i < words.size(); ++i) argument(words[i]);
      } else if (const std::string implied = implied_part(words, i); !implied.empty()) {
        words.insert(words.begin() + static_cast<std::ptrdiff_t>(i), implied);
        part(implied);
        sorted.push_back(implied);
      } else if (is_option(words[i])) {
        const bool has_value = option(words[i], i + 1 < words.size() ? words[i + 1] : "");
        sorted.push_back(words[i]);
        if (has_value && i + 1 < words.size()) sorted.push_back(words[++i]);
      } else if (!app_->get_subcommands({}).empty()) {
        words[i] = meant_part(words, i);
        part(words[i]);
        sorted.push_back(words[i]);
      } else {
        argument(words[i]);
      }
    }
    if (!wants_help_) complete();
    if (!arguments_.empty()) sorted.insert(sorted.end(), open_ ? 2 : 1, "--");  // it takes one
    sorted.insert(sorted.end(), arguments_.begin(), arguments_.end());
    words = std::move(sorted);
  }
  CLI::App* app() const { return app_; }

 private:
  // The implied part, if an option is in its place.
  std::string implied_part(const std::vector<std::string>& words, size_t i) const {
    const auto at = known_.find(app_);
    if (at == known_.end() || !at->second->implied_part || !is_option(words[i])) return "";
    if (app_->get_option_no_throw(words[i])) return "";
    return at->second->implied_part({words.begin() + static_cast<std::ptrdiff_t>(i), words.end()});
  }

  std::string meant_part(const std::vector<std::string>& words, size_t i) const {
    const auto at = known_.find(app_);
    if (at == known_.end() || !at->second->meant_part) return words[i];
    return at->second->meant_part(
        words[i], {words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end()});
  }

  // Whether the next word is the value of this option.
  bool option(std::string& word, const std::string& next) {
    const size_t end = std::min(word.find('='), word.size());
    std::replace(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(end), '_', '-');
    const std::string name = word.substr(0, end);
    const CLI::Option* found = app_->get_option_no_throw(name);
    if (!found) {
      std::vector<std::string> names;
      for (const CLI::Option* o : app_->get_options())
        for (const std::string& n : o->get_lnames()) names.push_back("--" + n);
      const std::string near = suggestion(name, names);
      throw Refusal(app_, {"unknown option ", printable(name), "; ",
                           near.empty() ? path_of(app_) + " --help lists them" : near});
    }
    wants_help_ = wants_help_ || found == app_->get_help_ptr() || name == "--version";
    const bool may_take = found->get_items_expected_max() > 0 && next.find('.') != next.npos;
    const bool takes_value = found->get_items_expected_min() > 0 || (may_take && !is_option(next));
    open_ = found->get_items_expected_max() > 0 && !takes_value;
    if (takes_value) once(found, name, end == word.size() ? next : word.substr(end + 1));
    else once(found, name, word);
    return takes_value && end == word.size();
  }

  // Refuses a second value, which would silently replace the first.
  void once(const CLI::Option* found, const std::string& name, const std::string& value) {
    if (found->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll) return;
    const auto [at, first] = given_.try_emplace({app_, found}, value);
    const bool flag = found->get_items_expected_min() == 0;
    if (first || (flag && at->second == value)) return;
    if (flag) throw Refusal(app_, {at->second, " and ", value, " contradict each other"});
    throw Refusal(app_, {name, " is given twice, with ", printable(at->second), " and ",
                         printable(value), "; it takes one value"});
  }

  void part(const std::string& word) {
    const std::vector<std::string> parts = names_of_parts(app_);
    if (std::find(parts.begin(), parts.end(), word) == parts.end()) {
      const std::string near = suggestion(word, parts);
      const bool is_file = access(word.c_str(), F_OK) == 0;
      throw Refusal(app_, {"unknown command ", printable(word), "; ",
                           near.empty() ? "expected " + joined(parts) : near,
                           is_file ? "; a file name goes after the command" : ""});
    }
    app_ = app_->get_subcommand(word);
  }

  void argument(const std::string& word) {
    int64_t room = 0;
    for (const CLI::Option* o : app_->get_options())
      if (o->get_positional()) room += o->get_items_expected_max();
    arguments_.push_back(word);
    if (static_cast<int64_t>(arguments_.size()) > room)
      throw Refusal(app_, {"\"", printable(word), "\" is an unexpected argument"});
  }

  void complete() const {
    const std::vector<std::string> parts = names_of_parts(app_);
    if (!parts.empty()) throw Refusal(app_, {"a command is missing; expected ", joined(parts)});
    const auto given = static_cast<int64_t>(arguments_.size());
    int64_t needed = 0;
    for (const CLI::Option* o : app_->get_options())
      if (o->get_positional() && o->get_required() && ++needed > given)
        throw Refusal(app_, {o->get_name(true), " is missing: ", o->get_description()});
  }

  CLI::App* app_;
  const Known& known_;
  bool wants_help_ = false;  // for help or the version
  bool open_ = false;        // the last option came without the value that it may have
  // The values given so far.
  std::map<std::pair<const CLI::App*, const CLI::Option*>, std::string> given_;
  std::vector<std::string> arguments_{};
};

// ---- running

void declare(CLI::App& parent, const Command& command, Known& known) {
  CLI::App* app = parent.add_subcommand(command.name, command.summary)->group("Commands");
  std::string footer = command.examples.empty() ? "" : "Examples:";
  for (const std::string& example : command.examples) footer += "\n  gradus " + example;
  app->footer(footer);
  app->set_help_flag("-h,--help", "print this help");
  Options options(*app);
  if (command.options) command.options(options);
  for (const Command& part : command.parts) declare(*app, part, known);
  known[app] = &command;
}

// "--[no-]quiet" where CLI11 would print "--quiet,--no-quiet{false}".
struct HelpText : CLI::Formatter {
  std::string make_option_name(const CLI::Option* o, bool positional) const override {
    const std::string name = CLI::Formatter::make_option_name(o, positional);
    return name.ends_with("{false}") ? "--[no-]" + o->get_lnames()[0] : name;
  }
};

constexpr size_t help_column = 26;  // where descriptions begin

void set_up(CLI::App& app, const std::vector<Command>& commands, Known& known) {
  app.name("gradus");
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", about(), "version, BLAS, threads and compiler");
  app.footer("gradus COMMAND --help describes a command.");
  app.formatter(std::make_shared<HelpText>());  // before the commands, which inherit it
  app.get_formatter()->column_width(help_column);
  app.get_formatter()->label("Positionals", "Arguments");
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  app.get_formatter()->label("OPTIONS", "options");
  for (const Command& command : commands) declare(app, command, known);
}

std::string in_words_of(const CLI::App* app, const std::exception& e) {
  return in_user_words(e.what(), [&](const std::string& option) {
    return app->get_option_no_throw(option) != nullptr;
  });
}

// Runs f(); reports errors other than wrong usage and returns a failure status.
template <class F> int guarded(const CLI::App* app, F f) {
  try {
    const int status = f();
    if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return status;
    std::fprintf(stderr, "%s: the output could not be written: %s\n", path_of(app).c_str(),
                 std::strerror(errno));
  } catch (const Refusal&) {
    throw;
  } catch (const UsageError& e) {
    throw Refusal(app, {in_words_of(app, e)});
  } catch (const Stopped& stopped) {
    std::fprintf(stderr, "%s: %s\n", path_of(app).c_str(), stopped.what());
    return 128 + stopped.signal();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%s: out of memory\n", path_of(app).c_str());
  } catch (const std::exception& e) {
    print_text(stderr, path_of(app) + ": " + in_words_of(app, e) + "\n");
  }
  return 1;
}

// "gradus help train" is "gradus train --help".
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || words[0] != "help") return words;
  words.erase(words.begin());
  words.emplace_back("--help");
  return words;
}

}  // namespace

int run_program(int argc, char** argv, const std::vector<Command>& commands) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the size limit is an error, not a crash
  CLI::App app("gradus: tensors, gradients, transformers, step by step");
  Known known;
  set_up(app, commands, known);
  std::vector<std::string> words = words_of(argc, argv);
  const CLI::App* meant = &app;
  try {
    const int read = guarded(&app, [&] { return meant = WordChecker(app, words, known).app(), 0; });
    if (read != 0) return read;
    std::reverse(words.begin(), words.end());  // CLI11 reads them from the back
    app.parse(words);
    const PhaseProgress progress;  // shows the phases of this thread
    const CLI::Option* quiet = meant->get_option_no_throw("--quiet");
    if (quiet && quiet->as<bool>()) PhaseProgress::silence();
    return guarded(meant, known.at(meant)->run);
  } catch (const CLI::CallForHelp&) {
    const std::string before = meant->get_parent() ? path_of(meant->get_parent()) : "";
    print_help(meant->help(before), help_column);
  } catch (const CLI::CallForVersion& e) {
    std::printf("%s\n", e.what());
  } catch (const CLI::ArgumentMismatch& e) {
    const std::string what = e.what();
    const std::string name = what.substr(0, what.find(':'));
    std::fprintf(stderr, "%s: %s needs a value\n", path_of(meant).c_str(), name.c_str());
    return 2;
  } catch (const CLI::ParseError& e) {
    print_text(stderr, path_of(meant) + ": " + e.what() + "\n");
    return 2;
  } catch (const Refusal& e) {
    print_text(stderr, std::string(e.what()) + "\n");
    return 2;
  } catch (const UsageError& e) {
    print_text(stderr, path_of(meant) + ": " + e.what() + "\n");
    return 2;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace gradus::tools
