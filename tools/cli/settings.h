// SPDX-License-Identifier: MIT
// The settings of one kind of training, listed once: the command-line options, config.json,
// --config FILE and `gradus config` are generated from this list.
//   default < --preset < --config FILE < flags
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gradus/io/json.h"
#include "tools/cli/cli.h"
#include "tools/cli/words.h"

namespace gradus::tools {

/// Where a value comes from: "default", "preset", "config" or "flag".
enum class Origin { standard, preset, config, flag };
const char* name(Origin origin);

/// A variable of an enum type, as the words that name its values.
struct NamedValue {
  std::function<std::string()> word;
  std::function<void(const std::string& word)> set;
};

struct Setting {
  std::string name;  // as in config.json, "batch_size"; the option is --batch-size
  std::variant<bool*, int64_t*, double*, std::string*, std::vector<std::string>*, NamedValue> value;
  std::string help;
  int64_t low = INT64_MIN, high = INT64_MAX;  // of whole numbers
  double real_low = -1e308, real_high = 1e308;
  std::vector<std::string> words{};  // words of a choice
  std::string argument{};            // "TRAIN.csv": a positional argument
  bool file = false;                 // a path (or a number); stored absolute, verified by checksum
  bool may_change = false;           // does not affect the result: a resumed run may change it
  std::optional<Json> former{};      // the value in runs made before there was this setting
  Origin origin = Origin::standard;

  std::string option() const;  // "--batch-size", or the argument's name
  bool holds_path() const;
  Json json() const;                       // a list with one element gives that element
  std::vector<std::string>* list() const;  // or null
};

class Settings {
 public:
  // ---- listing; the initial value of a variable is its default. Variables must outlive this.
  Setting& flag(const std::string& name, bool& value, const std::string& help);
  Setting& value(const std::string& name, int64_t& value, const std::string& help,
                 int64_t low = INT64_MIN, int64_t high = INT64_MAX);
  Setting& value(const std::string& name, double& value, const std::string& help,
                 double low = -1e308, double high = 1e308);
  Setting& value(const std::string& name, std::string& value, const std::string& help);
  Setting& choice(const std::string& name, std::string& value,
                  const std::vector<std::string>& words, const std::string& help);
  /// The same for an enum; `words` has static storage, and one word for each value.
  template <class E, size_t n>
  Setting& choice(const std::string& name, E& value, const Words<E, n>& words,
                  const std::string& help) {
    return add({.name = name,
                .value = NamedValue{
                    [&value, &words] { return word_of(words, value); },
                    [&value, &words](const std::string& word) { value = value_of(words, word); }},
                .help = help,
                .words = words_of(words)});
  }
  Setting& argument(const std::string& name, const std::string& place, std::string& value,
                    const std::string& help);
  /// All arguments from this place on; it is the last one.
  Setting& arguments(const std::string& name, const std::string& place,
                     std::vector<std::string>& values, const std::string& help);

  /// Declares the settings as options of a command.
  void declare(Options& o);
  /// Marks the settings given as flags; called when the command runs.
  void see_flags();

  /// Reads the settings of a file: config.json of a run, or an object of settings alone. Flags take
  /// precedence. Throws UsageError, with the file and the key, for an unknown setting, a wrong
  /// type, a value out of range, or a file of another task.
  void read_config(const std::string& path, const std::string& task);
  /// Applies the values of a preset to settings that still have their defaults.
  void take_preset(const std::map<std::string, Json>& values);
  /// Applies values that follow from other settings where they still have their defaults; their
  /// origin stays "default".
  void take_implied(const std::map<std::string, Json>& values);
  /// Applies flags given for another list of settings to those of the same name. Throws UsageError
  /// for one that is not in this list.
  void take_flags(const Settings& given);
  /// Takes all settings of a run from its config.json. Throws UsageError for a flag with another
  /// value, unless it may change.
  void adopt(const Json& config, const std::string& path);

  /// {"batch_size": 32, ...}; with `decisive_only`, only those that affect the result.
  Json values(bool decisive_only = false) const;
  /// {"batch_size": "flag", ...}
  Json origins() const;
  const std::deque<Setting>& all() const { return all_; }
  const Setting& at(const std::string& name) const;

 private:
  Setting& add(Setting s);
  Setting& known(const std::string& key, const std::string& file);
  Json with_former(const Json& settings) const;
  static void set(Setting& s, const Json& value, const std::string& file);

  std::deque<Setting> all_;  // keeps references to its elements valid
  std::optional<Options> options_;
};

/// The settings in a config.json, or the whole object if it consists of settings alone.
const Json& settings_in(const Json& config);

}  // namespace gradus::tools
