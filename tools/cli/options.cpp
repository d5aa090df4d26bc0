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

void Options::flag(const std::string& name, bool& value, const std::string& help) {
  app_.add_flag(name, value, help);
}

void Options::toggle(const std::string& name, bool& value, const std::string& help) {
  app_.add_flag(name + ",!--no-" + name.substr(2), value, help + (value ? " [yes]" : " [no]"))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

bool Options::given(const std::string& name) const {
  const CLI::Option* found = app_.get_option_no_throw(name);
  return found && found->count() > 0;
}

void Options::value(const std::string& name, std::string& value, const std::string& help) {
  add(app_, name, "TEXT", help + (value.empty() ? "" : " [" + value + "]"),
      [&value](const std::string& word) { value = word; });
}

void Options::value(const std::string& name, int64_t& value, const std::string& help, int64_t low,
                    int64_t high) {
  add(app_, name, "N", help + standard(value, low, high),
      [=, &value](const std::string& word) { value = parsed(name, word, low, high); });
}

void Options::value(const std::string& name, double& value, const std::string& help, double low,
                    double high) {
  add(app_, name, "X", help + standard(value, low, high),
      [=, &value](const std::string& word) { value = parsed(name, word, low, high); });
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
}

void Options::choice(const std::string& name, std::string& value,
                     const std::vector<std::string>& words, const std::string& help) {
  choice(name, value, words, help, [&value](const std::string& word) { value = word; });
}
void Options::choice(const std::string& name, const std::string& standard,
                     const std::vector<std::string>& words, const std::string& help,
                     const std::function<void(const std::string& word)>& set) {
  add(app_, name, "WORD", joined(words) + " [" + standard + "]; " + help,
      [=](const std::string& word) {
        if (std::find(words.begin(), words.end(), word) != words.end()) return set(word);
        const std::string near = suggestion(word, words);
        usage_error({name, " ", printable(word), " is invalid; ",
                     near.empty() ? "expected " + joined(words) : near});
      });
}

void Options::list(const std::string& name, std::vector<std::string>& values,
                   const std::string& help) {
  app_.add_option(name, values, help)
      ->option_text("TEXT ...")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Options::argument(const std::string& name, std::string& value, const std::string& help) {
  app_.add_option(name, value, help)->option_text(" ")->required();
}
void Options::optional_argument(const std::string& name, std::string& value,
                                const std::string& help) {
  app_.add_option(name, value, help)->option_text(" ");
}
void Options::arguments(const std::string& name, std::vector<std::string>& values,
                        const std::string& help) {
  app_.add_option(name, values, help)->option_text("...");
}

void Options::threads() {
  add(app_, "--threads", "N", "number of threads" + standard(num_threads(), 1, 1024),
      [](const std::string& word) { set_num_threads(parsed("--threads", word, 1, 1024)); });
}

}  // namespace gradus::tools
