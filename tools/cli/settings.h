// SPDX-License-Identifier: MIT
// The settings of one kind of training, listed once: the options of the command line, config.json,
// --config FILE and `gradus config` all follow from this list.
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

namespace gradus::tools {

/// Where a value comes from: "default", "preset", "config" or "flag".
enum class Origin { standard, preset, config, flag };
const char* name(Origin origin);

struct Setting {
  std::string name;  // as in config.json, "batch_size"; the option is --batch-size
  std::variant<bool*, int64_t*, double*, std::string*, std::vector<std::string>*> value;
  std::string help;
  int64_t low = INT64_MIN, high = INT64_MAX;  // of whole numbers
  double real_low = -1e308, real_high = 1e308;
  std::vector<std::string> words{};  // of a choice
  std::string argument{};            // "TRAIN.csv": given by its place, not by its name
  bool file = false;                 // or a number; paths are kept absolute, content by checksum
  bool may_change = false;           // no bit depends on it: a resumed run may change it
  Origin origin = Origin::standard;

  std::string option() const;  // "--batch-size", or the argument's name
  bool holds_path() const;
  Json json() const;  // a list of one is that one
  std::vector<std::string>* list() const;  // or null
};

class Settings {
 public:
  // ---- listing; what a variable holds is its default. Variables must live as long.
  Setting& flag(const std::string& name, bool& value, const std::string& help);
  Setting& value(const std::string& name, int64_t& value, const std::string& help,
                 int64_t low = INT64_MIN, int64_t high = INT64_MAX);
  Setting& value(const std::string& name, double& value, const std::string& help,
                 double low = -1e308, double high = 1e308);
  Setting& value(const std::string& name, std::string& value, const std::string& help);
  Setting& choice(const std::string& name, std::string& value,
                  const std::vector<std::string>& words, const std::string& help);
  Setting& argument(const std::string& name, const std::string& place, std::string& value,
                    const std::string& help);
  /// All that stands in this place; it is the last one.
  Setting& arguments(const std::string& name, const std::string& place,
                     std::vector<std::string>& values, const std::string& help);

  /// As options of a command.
  void declare(Options& o);
  /// When the command runs: marks what was given as a flag.
  void see_flags();

  /// The settings of a file: config.json of a run, or an object of settings alone. Flags stay as
  /// they are. Throws UsageError, with the file and the key, for an unknown setting, another type,
  /// a value out of range, and a file of another task.
  void read_config(const std::string& path, const std::string& task);
  /// Values of a preset, for settings that still have their defaults.
  void take_preset(const std::map<std::string, Json>& values);
  /// Values that follow from others, for settings that still have their defaults; they keep that
  /// origin.
  void take_implied(const std::map<std::string, Json>& values);
  /// Flags given for another list of settings, in the place of those of the same name. Throws
  /// UsageError for one that is not in this list.
  void take_flags(const Settings& given);
  /// All that a run was made with, from its config.json. Throws UsageError for a flag that says
  /// otherwise, unless it may change.
  void adopt(const Json& config, const std::string& path);

  /// {"batch_size": 32, ...}; only those that decide the result, if asked so.
  Json values(bool decisive_only = false) const;
  /// {"batch_size": "flag", ...}
  Json origins() const;
  const std::deque<Setting>& all() const { return all_; }
  const Setting& at(const std::string& name) const;

 private:
  Setting& add(Setting s);
  Setting& known(const std::string& key, const std::string& file);
  static void set(Setting& s, const Json& value, const std::string& file);

  std::deque<Setting> all_;  // references to its elements stay right
  std::optional<Options> options_;
};

/// The settings in a config.json, or the whole object where it is one of settings alone.
const Json& settings_in(const Json& config);

}  // namespace gradus::tools
