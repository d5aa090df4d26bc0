// SPDX-License-Identifier: MIT
// Declares the options of a command to CLI11.
#include <CLI/App.hpp>
#include <algorithm>
#include <charconv>

#include "gradus/base/parallel.h"
#include "tools/cli/cli.h"

namespace gradus::tools {
namespace {

template <class T> std::string range_of(T low, T high) {
  using Wide = std::conditional_t<std::is_integral_v<T>, int64_t, double>;
  return bounds(static_cast<Wide>(low), static_cast<Wide>(high));
}

template <class T> T parsed(const std::string& name, const std::string& word, T low, T high) {
  const char* begin = word.data() + (word.size() > 1 && word[0] == '+');
  const char* end = word.data() + word.size();
  T value{};
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error == std::errc{} && stop == end && value >= low && value <= high) return value;
  const std::string range = range_of(low, high);
  usage_error({name, " ", printable(word), " is invalid; expected a ",
               std::is_integral_v<T> ? "whole number" : "number", range.empty() ? "" : ", ",
               range});
}

// The default and the range, printed after an option's description.
template <class T> std::string standard(T value, T low, T high) {
  const std::string range = range_of(low, high);
  return text({" [", value, range.empty() ? "" : "; ", range, "]"});
}

CLI::Option* add(CLI::App& app, const std::string& name, const char* kind, const std::string& help,
                 std::function<void(const std::string&)> set) {
  return app.add_option_function<std::string>(name, std::move(set), help)
      ->option_text(kind)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace

// ---- declaring options

void Options::describe(OptionInfo info) {
  if (described_) described_->push_back(std::move(info));
}

void Options::flag(const std::string& name, bool& value, const std::string& help) {
  app_.add_flag(name, value, help);
  describe({name, "", help});
}

void Options::toggle(const std::string& name, bool& value, const std::string& help) {
  const std::string all = help + (value ? " [yes]" : " [no]"), no = "--no-" + name.substr(2);
  app_.add_flag(name + ",!" + no, value, all)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  describe({name, "", all});
  describe({no, "", "the opposite of " + name});
}

bool Options::given(const std::string& name) const {
  const CLI::Option* found = app_.get_option_no_throw(name);
  return found && found->count() > 0;
}

void Options::value(const std::string& name, std::string& value, const std::string& help) {
  const std::string all = help + (value.empty() ? "" : " [" + value + "]");
  add(app_, name, "TEXT", all, [&value](const std::string& word) { value = word; });
  describe({name, "TEXT", all});
}

void Options::value(const std::string& name, int64_t& value, const std::string& help, int64_t low,
                    int64_t high) {
  const std::string all = help + standard(value, low, high);
  add(app_, name, "N", all,
      [=, &value](const std::string& word) { value = parsed(name, word, low, high); });
  describe({name, "N", all});
}

void Options::value(const std::string& name, double& value, const std::string& help, double low,
                    double high) {
  const std::string all = help + standard(value, low, high);
  add(app_, name, "X", all,
      [=, &value](const std::string& word) { value = parsed(name, word, low, high); });
  describe({name, "X", all});
}

void Options::optional_value(const std::string& name, bool& given, std::string& value,
                             const std::string& help) {
  const auto take = [&given, &value](const std::vector<std::string>& words) {
    given = true;
    if (!words.empty()) value = words.back();
  };
  app_.add_option_function<std::vector<std::string>>(name, take, help)
      ->expected(0, 1)
      ->option_text("[FILE]");
  describe({name, "[FILE]", help});
}

void Options::choice(const std::string& name, std::string& value,
                     const std::vector<std::string>& words, const std::string& help) {
  choice(name, value, words, help, [&value](const std::string& word) { value = word; });
}
void Options::choice(const std::string& name, const std::string& standard,
                     const std::vector<std::string>& words, const std::string& help,
                     const std::function<void(const std::string& word)>& set) {
  const std::string all = joined(words) + " [" + standard + "]; " + help;
  add(app_, name, "WORD", all, [=](const std::string& word) {
    if (std::find(words.begin(), words.end(), word) != words.end()) return set(word);
    const std::string near = suggestion(word, words);
    usage_error({name, " ", printable(word), " is invalid; ",
                 near.empty() ? "expected " + joined(words) : near});
  });
  describe({name, "WORD", all, words});
}

void Options::list(const std::string& name, std::vector<std::string>& values,
                   const std::string& help) {
  app_.add_option(name, values, help)
      ->option_text("TEXT ...")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  describe({name, "TEXT", help + "; may be given several times"});
}

void Options::argument(const std::string& name, std::string& value, const std::string& help) {
  app_.add_option(name, value, help)->option_text(" ")->required();
  describe({.name = name, .value = "", .help = help, .argument = true});
}
void Options::optional_argument(const std::string& name, std::string& value,
                                const std::string& help) {
  app_.add_option(name, value, help)->option_text(" ");
  describe({.name = "[" + name + "]", .value = "", .help = help, .argument = true});
}
void Options::arguments(const std::string& name, std::vector<std::string>& values,
                        const std::string& help) {
  app_.add_option(name, values, help)->option_text("...");
  describe({.name = "[" + name + "...]", .value = "", .help = help, .argument = true});
}

void Options::threads() {
  describe({"--threads", "N", "number of threads; by default all processors"});
  add(app_, "--threads", "N", "number of threads" + standard(num_threads(), 1, 1024),
      [](const std::string& word) { set_num_threads(parsed("--threads", word, 1, 1024)); });
}

std::vector<OptionInfo> options_of(const Command& command) {
  std::vector<OptionInfo> all;
  CLI::App app;
  Options options(app, &all);
  if (command.options) command.options(options);
  return all;
}

}  // namespace gradus::tools
