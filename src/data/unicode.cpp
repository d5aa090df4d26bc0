// SPDX-License-Identifier: MIT
// Characters: reading, writing, looking up.
#include "data/unicode.h"

#include <algorithm>

#include "gradus/base/utf8.h"

namespace gradus::unicode {

Character first(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<uint8_t>(text[i])); };
  const size_t n = utf8_length(text);
  if (n == 0) return {byte(0), 1, true};
  if (n == 1) return {byte(0), 1};
  char32_t code = byte(0) & (0xFFu >> (n + 1));
  for (size_t i = 1; i < n; ++i) code = code << 6 | (byte(i) & 0x3F);
  return {code, n};
}

std::string utf8(char32_t c) {
  const auto byte = [](char32_t b) { return static_cast<char>(b); };
  const auto rest = [&](int shift) { return byte(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), rest(0)};
  if (c < 0x10000) return {byte(0xE0 | c >> 12), rest(6), rest(0)};
  return {byte(0xF0 | c >> 18), rest(12), rest(6), rest(0)};
}

bool in_runs(std::span<const uint32_t> runs, char32_t c) {
  // An odd number of bounds before c: it lies behind the first of a run.
  const auto after = std::upper_bound(runs.begin(), runs.end(), c);
  const auto before = after - runs.begin();
  return before % 2 == 1 || (before > 0 && *(after - 1) == c);
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
  return in_runs(letters(), c);
}

bool is_number(char32_t c) { return c < 0x80 ? c >= '0' && c <= '9' : in_runs(numbers(), c); }

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

std::string_view next_word(std::string_view& text) {
  const auto space_at = [](std::string_view rest) {
    const Character c = first(rest);
    // Python counts the four separators of ASCII, too.
    return !c.bad && (is_space(c.code) || (c.code >= 0x1C && c.code <= 0x1F)) ? c.length : 0;
  };
  while (!text.empty() && space_at(text)) text.remove_prefix(space_at(text));
  size_t end = 0;
  while (end < text.size() && !space_at(text.substr(end))) end += first(text.substr(end)).length;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

}  // namespace gradus::unicode
