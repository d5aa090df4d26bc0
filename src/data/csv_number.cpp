// SPDX-License-Identifier: MIT
// Parses cells as numbers, and explains cells that only resemble numbers.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "gradus/data/csv.h"

namespace gradus {

bool parse_number(std::string_view field, double& value) {
  if (field.starts_with('+') && field.size() > 1 && field[1] != '-') field.remove_prefix(1);
  const char* end = field.data() + field.size();
  double v = 0;
  auto [stop, error] = std::from_chars(field.data(), end, v);
  if (error == std::errc::result_out_of_range && stop == end) {
    // from_chars reports overflow and underflow alike; a wider type distinguishes them.
    long double wide = 0;
    const bool fits = std::from_chars(field.data(), end, wide).ec == std::errc();
    const bool tiny = fits ? std::abs(wide) < 1
                           : field.find("e-") != field.npos || field.find("E-") != field.npos;
    if (!tiny) return false;
    value = 0;
    return true;
  }
  if (error != std::errc() || stop != end || !std::isfinite(v)) return false;
  value = v;
  return true;
}

namespace {

constexpr std::string_view signs_of_money[] = {"$",   "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5",
                                               "EUR", "USD",          "GBP",      "CHF"};

std::string_view without_blanks(std::string_view s) {
  while (s.starts_with(' ')) s.remove_prefix(1);
  while (s.ends_with(' ')) s.remove_suffix(1);
  return s;
}

bool takes_away(std::string_view& s, std::string_view part) {
  if (s.size() <= part.size()) return false;
  if (s.starts_with(part)) s.remove_prefix(part.size());
  else if (s.ends_with(part)) s.remove_suffix(part.size());
  else return false;
  s = without_blanks(s);
  return true;
}

// Digits with separators, besides sign and exponent: "1,234.50", "1 234", "1'234".
bool is_grouped(std::string_view s) {
  constexpr std::string_view marks = ",. '";
  size_t digits = 0, others = 0;
  char before = 0;
  if (s.starts_with('-') || s.starts_with('+')) s.remove_prefix(1);
  for (char c : s) {
    const bool mark = marks.find(c) != marks.npos;
    if (mark && (before == 0 || marks.find(before) != marks.npos)) return false;
    digits += c >= '0' && c <= '9';
    others += mark;
    before = c;
  }
  const bool date = std::count(s.begin(), s.end(), '.') == 2 && s.find(',') == s.npos;
  return digits > 0 && others > 0 && digits + others == s.size() && !date;
}

// Strips unusual signs and blanks around a number. Sets `sign` if a minus is written differently
// from "-1.5".
std::string usual_marks(std::string_view field, bool& sign) {
  std::string all(field);
  const auto replace = [&](std::string_view from, const char* to) {
    for (size_t at = 0; (at = all.find(from, at)) != all.npos;) all.replace(at, from.size(), to);
  };
  for (std::string_view blank : {"\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89"}) replace(blank, " ");
  for (std::string_view minus : {"\xE2\x88\x92", "\xE2\x80\x93"})
    if (all.starts_with(minus)) {
      all.replace(0, minus.size(), "-");
      sign = true;
    }
  const bool brackets = all.size() > 2 && all.front() == '(' && all.back() == ')';
  const bool behind = all.size() > 1 && all.back() == '-' && all[0] >= '0' && all[0] <= '9';
  if (brackets) all = all.substr(1, all.size() - 2);
  if (behind) all.pop_back();
  sign = sign || brackets || behind;
  return all;
}

// "0x1F" and "1.5D+03".
std::string notation_hint(std::string_view s) {
  double unused = 0;
  const auto is_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (s.size() > 2 && (s.starts_with("0x") || s.starts_with("0X")) &&
      std::all_of(s.begin() + 2, s.end(), is_digit))
    return "hexadecimal numbers are not supported; write it in decimal";
  const size_t mark = s.find_first_of("dD");
  if (mark == s.npos || mark == 0 || mark + 1 == s.size()) return "";
  std::string usual(s);
  usual[mark] = 'e';
  return parse_number(usual, unused) ? "write the exponent with an e: 1.5e+03" : "";
}

}  // namespace

std::string number_hint(std::string_view field) {
  double unused = 0;
  if (parse_number(field, unused)) return "";
  if (std::string hint = notation_hint(field); !hint.empty()) return hint;
  bool other_sign = false;
  const std::string usual = usual_marks(field, other_sign);
  std::string_view rest = usual;
  const bool percent = takes_away(rest, "%");
  bool money = false;
  for (std::string_view sign : signs_of_money) money = money || takes_away(rest, sign);
  const bool plain = parse_number(rest, unused), grouped = !plain && is_grouped(rest);
  if (!plain && !grouped) return "";
  if (other_sign && plain && !percent && !money)
    return "write a negative number with a hyphen in front: -1.5";
  if (percent) return "percent signs are not supported; write only the number";
  if (money) return "currencies are not supported; write only the number";
  const bool one_comma =
      std::count(rest.begin(), rest.end(), ',') == 1 && rest.find_first_of(". '") == rest.npos;
  if (one_comma)
    return "--decimal comma reads a decimal comma; write thousands without a separator";
  return "write thousands without a separator: 1234.5";
}

bool is_usual_missing(std::string_view word) {
  constexpr std::string_view words[] = {
      "na",      "n/a",    "nan",     "-nan",     "nat",     "null",     "none",  "nil",
      "n.a.",    "#n/a",   "#na",     "#n/a n/a", "#null!",  "#div/0!",  "#num!", "#ref!",
      "#value!", "#name?", "1.#qnan", "1.#ind",   "-1.#ind", "-1.#qnan", "<na>",  "(null)",
      "[null]",  "\\n",    "?",       "-",        "--",      ".",        ".."};
  constexpr size_t longest = 8;
  if (word.empty() || word.size() > longest) return false;
  if (std::string_view("nN#<([\\?-.1").find(word[0]) == std::string_view::npos) return false;
  if (word.size() > 1 && word[1] >= '0' && word[1] <= '9' && word.find('#') == word.npos)
    return false;  // -1
  if (word[0] == '1' && word.find('#') == word.npos) return false;
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::find(std::begin(words), std::end(words), lower) != std::end(words);
}

}  // namespace gradus
