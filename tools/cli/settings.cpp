// SPDX-License-Identifier: MIT
// Converts a list of settings to options, and to and from config.json.
#include "tools/cli/settings.h"

#include <algorithm>

#include "gradus/io/file.h"
#include "tools/cli/data_file.h"

namespace gradus::tools {
namespace {

// Keys have _, options have -; either is accepted.
std::string key_of(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

bool one_of(const std::string& word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string expected(const Setting& s) {
  std::string range;
  if (std::holds_alternative<int64_t*>(s.value)) range = bounds(s.low, s.high);
  if (std::holds_alternative<double*>(s.value)) range = bounds(s.real_low, s.real_high);
  const char* kinds[] = {"true or false", "a whole number", "a number", "a string",
                         "a string, or a list of strings"};  // a choice has words
  if (!s.words.empty()) return joined(s.words);
  return kinds[s.value.index()] + (range.empty() ? "" : ", " + range);
}

}  // namespace

const char* name(Origin origin) {
  constexpr const char* names[] = {"default", "preset", "config", "flag"};
  return names[static_cast<int>(origin)];
}

std::string Setting::option() const {
  if (!argument.empty()) return argument;
  std::string word = name;
  std::replace(word.begin(), word.end(), '_', '-');
  return "--" + word;
}

Json Setting::json() const {
  if (const auto* all = list()) return all->size() == 1 ? Json(all->front()) : Json::list(*all);
  if (const auto* named = std::get_if<NamedValue>(&value)) return Json(named->word());
  if (const auto* b = std::get_if<bool*>(&value)) return Json(**b);
  if (const auto* i = std::get_if<int64_t*>(&value)) return Json(**i);
  if (const auto* d = std::get_if<double*>(&value)) return Json(**d);
  return Json(*std::get<std::string*>(value));
}

std::vector<std::string>* Setting::list() const {
  const auto* all = std::get_if<std::vector<std::string>*>(&value);
  return all ? *all : nullptr;
}

bool Setting::holds_path() const {
  double unused = 0;
  if (list()) return file;
  return file && !parse_number(*std::get<std::string*>(value), unused);
}

// ---- listing

Setting& Settings::add(Setting s) {
  all_.push_back(std::move(s));
  return all_.back();
}

Setting& Settings::flag(const std::string& name, bool& value, const std::string& help) {
  return add({.name = name, .value = &value, .help = help});
}
Setting& Settings::value(const std::string& name, int64_t& value, const std::string& help,
                         int64_t low, int64_t high) {
  return add({.name = name, .value = &value, .help = help, .low = low, .high = high});
}
Setting& Settings::value(const std::string& name, double& value, const std::string& help,
                         double low, double high) {
  return add({.name = name, .value = &value, .help = help, .real_low = low, .real_high = high});
}
Setting& Settings::value(const std::string& name, std::string& value, const std::string& help) {
  return add({.name = name, .value = &value, .help = help});
}
Setting& Settings::choice(const std::string& name, std::string& value,
                          const std::vector<std::string>& words, const std::string& help) {
  return add({.name = name, .value = &value, .help = help, .words = words});
}
Setting& Settings::argument(const std::string& name, const std::string& place, std::string& value,
                            const std::string& help) {
  return add({.name = name, .value = &value, .help = help, .argument = place});
}

Setting& Settings::arguments(const std::string& name, const std::string& place,
                             std::vector<std::string>& values, const std::string& help) {
  return add({.name = name, .value = &values, .help = help, .argument = place});
}

void Settings::declare(Options& o) {
  for (Setting& s : all_) {
    if (s.list()) {
      o.arguments(s.argument, *s.list(), s.help);
    } else if (!s.argument.empty()) {
      o.optional_argument(s.argument, *std::get<std::string*>(s.value), s.help);
    } else if (auto* b = std::get_if<bool*>(&s.value)) {
      o.toggle(s.option(), **b, s.help);
    } else if (auto* i = std::get_if<int64_t*>(&s.value)) {
      o.value(s.option(), **i, s.help, s.low, s.high);
    } else if (auto* d = std::get_if<double*>(&s.value)) {
      o.value(s.option(), **d, s.help, s.real_low, s.real_high);
    } else if (auto* named = std::get_if<NamedValue>(&s.value)) {
      o.choice(s.option(), named->word(), s.words, s.help, named->set);
    } else if (std::string& text = *std::get<std::string*>(s.value); s.words.empty()) {
      o.value(s.option(), text, s.help);
    } else {
      o.choice(s.option(), text, s.words, s.help);
    }
  }
  options_.emplace(o);
}

void Settings::see_flags() {
  for (Setting& s : all_)
    if (options_ && options_->given(s.option())) s.origin = Origin::flag;
}

// ---- reading

const Json& settings_in(const Json& config) {
  if (!config.is(Json::Kind::object)) return config;
  const Json* inside = config.find("settings");
  return inside ? *inside : config;
}

Setting& Settings::known(const std::string& key, const std::string& file) {
  std::vector<std::string> names;
  for (Setting& s : all_) {
    if (s.name == key_of(key)) return s;
    names.push_back(s.name);
  }
  const std::string near = suggestion(key, names);
  usage_error({file, ": unknown setting ", printable(key), "; ",
               near.empty() ? "gradus config TASK lists them" : near});
}

void Settings::set(Setting& s, const Json& value, const std::string& file) {
  using Kind = Json::Kind;
  bool fits = false;
  if (auto* b = std::get_if<bool*>(&s.value)) {
    if ((fits = value.is(Kind::boolean))) **b = value.boolean();
  } else if (auto* i = std::get_if<int64_t*>(&s.value)) {
    fits = value.is(Kind::integer) && value.integer() >= s.low && value.integer() <= s.high;
    if (fits) **i = value.integer();
  } else if (auto* d = std::get_if<double*>(&s.value)) {
    const bool number = value.is(Kind::integer) || value.is(Kind::number);
    fits = number && value.number() >= s.real_low && value.number() <= s.real_high;
    if (fits) **d = value.number();
  } else if (auto* named = std::get_if<NamedValue>(&s.value)) {
    fits = value.is(Kind::string) && one_of(value.string(), s.words);
    if (fits) named->set(value.string());
  } else if (auto* all = s.list()) {
    const Json::Array items = value.is(Kind::array) ? value.items() : Json::Array{value};
    fits = std::all_of(items.begin(), items.end(), [](auto& v) { return v.is(Kind::string); });
    if (fits) all->clear();
    for (const Json& item : items)
      if (fits) all->push_back(item.string());
  } else {
    fits = value.is(Kind::string) && (s.words.empty() || one_of(value.string(), s.words));
    if (fits) *std::get<std::string*>(s.value) = value.string();
  }
  if (!fits)
    usage_error(
        {file, ": ", s.name, " is ", printable(write_json(value)), "; expected ", expected(s)});
}

// The settings of a run, and the former values of those that are newer than the run.
Json Settings::with_former(const Json& settings) const {
  Json all = settings;
  for (const Setting& s : all_)
    if (s.former && !settings.find(s.name)) all[s.name] = *s.former;
  return all;
}

void Settings::read_config(const std::string& path, const std::string& task) {
  const std::string file = printable(path, 200);
  const Json config = parse_json(read_file(path), file);
  if (!config.is(Json::Kind::object))
    usage_error({file, ": not a JSON object; expected settings, {\"epochs\": 5, ...}"});
  if (const Json* of = config.find("task"); of && !(*of == Json(task)))
    usage_error({file, ": has settings of the task ", printable(write_json(*of)), ", not of \"",
                 task, "\""});
  const bool alone = !config.find("settings");
  const Json& settings = settings_in(config);
  if (!settings.is(Json::Kind::object)) usage_error({file, ": \"settings\" is not a JSON object"});
  const Json all = alone ? settings : with_former(settings);
  for (const auto& [key, value] : all.members()) {
    if (alone && key == "task") continue;
    Setting& s = known(key, file);
    if (s.origin == Origin::flag) continue;
    set(s, value, file);
    s.origin = Origin::config;
  }
}

void Settings::take_preset(const std::map<std::string, Json>& values) {
  for (const auto& [key, value] : values) {
    Setting& s = known(key, "preset");
    if (s.origin != Origin::standard) continue;
    set(s, value, "preset");
    s.origin = Origin::preset;
  }
}

void Settings::take_implied(const std::map<std::string, Json>& values) {
  for (const auto& [key, value] : values)
    if (Setting& s = known(key, "defaults"); s.origin == Origin::standard)
      set(s, value, "defaults");
}

void Settings::take_flags(const Settings& given) {
  for (const Setting& flag : given.all_) {
    if (flag.origin != Origin::flag) continue;
    const auto mine = std::find_if(all_.begin(), all_.end(),
                                   [&](const Setting& s) { return s.name == flag.name; });
    if (mine == all_.end())
      usage_error({flag.option(), " is for tables of series; this run reads none"});
    set(*mine, flag.json(), flag.option());
  }
}

void Settings::adopt(const Json& config, const std::string& path) {
  const Json* origins = config.find("origins");
  const Json all = with_former(settings_in(config));
  for (const auto& [key, value] : all.members()) {
    Setting& s = known(key, path);
    double unused = 0;
    const bool was_path = s.list() || (s.file && value.is(Json::Kind::string) &&
                                       !parse_number(value.string(), unused));
    // A file may have moved: its content is compared later.
    const bool free = s.may_change || (s.holds_path() && was_path);
    if (s.origin == Origin::flag && (free || s.json() == value)) continue;
    if (s.origin == Origin::flag)
      usage_error({s.option(), " ", printable(write_json(s.json())),
                   " cannot change: the run "
                   "was started with ",
                   printable(write_json(value)),
                   " and must be reproducible.\nA new run with its other settings: ",
                   command_line({"train", config.at("task").string(), "--config", path, s.option(),
                                 s.json().is(Json::Kind::string) ? s.json().string()
                                                                 : write_json(s.json())})});
    set(s, value, path);
    const Json* origin = origins ? origins->find(key) : nullptr;
    for (Origin o : {Origin::standard, Origin::preset, Origin::config, Origin::flag})
      if (origin && *origin == Json(tools::name(o))) s.origin = o;
  }
}

// ---- writing
namespace {

Json absolute(const Json& paths) {
  if (paths.is(Json::Kind::string)) return Json(absolute_path(paths.string()));
  Json all = Json::array();
  for (const Json& path : paths.items()) all.push_back(absolute_path(path.string()));
  return all;
}

}  // namespace

Json Settings::values(bool decisive_only) const {
  Json all = Json::object();
  for (const Setting& s : all_)
    if (!decisive_only) all[s.name] = s.holds_path() ? absolute(s.json()) : s.json();
    else if (!s.may_change && !s.file) all[s.name] = s.json();
  return all;
}

Json Settings::origins() const {
  Json all = Json::object();
  for (const Setting& s : all_) all[s.name] = tools::name(s.origin);
  return all;
}

const Setting& Settings::at(const std::string& name) const {
  for (const Setting& s : all_)
    if (s.name == name) return s;
  internal_error({"Settings: there is no setting ", name});
}

}  // namespace gradus::tools
