// SPDX-License-Identifier: MIT
// Characters: decoding, encoding, table lookup.
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
  // An odd number of bounds up to c: it is inside a run.
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

bool is_mark(char32_t c) { return c >= 0x300 && in_runs(marks(), c); }
bool is_control(char32_t c) { return in_runs(controls(), c); }
bool is_word(char32_t c) {
  if (c < 0x80) return is_letter(c) || is_number(c) || c == '_';
  return in_runs(words(), c);
}
bool is_punctuation(char32_t c) {
  if (c < 0x80) return c > ' ' && c < 0x7F && !is_letter(c) && !is_number(c);
  return in_runs(punctuations(), c);
}

namespace {

// The row that starts with c, in a sorted table.
template <class T> const T* row_of(std::span<const T> table, size_t width, char32_t c) {
  size_t low = 0, high = table.size() / width;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (static_cast<char32_t>(table[middle * width]) <= c) low = middle + 1;
    else high = middle;
  }
  return low ? &table[(low - 1) * width] : nullptr;
}

}  // namespace

char32_t lower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  const int32_t* row = row_of(lowers(), 4, c);
  const auto code = static_cast<int32_t>(c);
  if (!row || code > row[1] || (code - row[0]) % row[2] != 0) return c;
  return static_cast<char32_t>(code + row[3]);
}

void add_base(char32_t c, std::u32string& out) {
  if (is_mark(c)) return;
  if (c >= 0xAC00 && c <= 0xD7A3) {  // Hangul: 19 leads, 21 vowels, 27 tails or none
    const char32_t n = c - 0xAC00;
    out += {0x1100 + n / 588, 0x1161 + n % 588 / 28};
    if (n % 28) out += 0x11A7 + n % 28;
  } else if (const uint32_t* two = row_of(pairs(), 3, c); two && two[0] == c) {
    add_base(two[1], out);
    add_base(two[2], out);
  } else {
    const uint32_t* one = row_of(bases(), 2, c);
    out += one && one[0] == c ? one[1] : c;
  }
}

namespace {

int64_t width_of(char32_t c) {
  if (is_mark(c) || is_control(c)) return 0;
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
                 (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
                 (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                 (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD)
             ? 2
             : 1;
}

}  // namespace

std::string_view fitting(std::string_view text, int64_t width) {
  size_t end = 0;
  while (end < text.size()) {
    const Character c = first(text.substr(end));
    if ((width -= width_of(c.code)) < 0) break;
    end += c.length;
  }
  return text.substr(0, end);
}

int64_t columns(std::string_view text) {
  int64_t sum = 0;
  for (; !text.empty(); text.remove_prefix(first(text).length)) sum += width_of(first(text).code);
  return sum;
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

bool same_word(std::string_view a, std::string_view b) {
  const auto trim = [](std::string_view s) {
    const size_t begin = std::min(s.find_first_not_of(" \t"), s.size());
    return s.substr(begin, s.find_last_not_of(" \t") + 1 - begin);
  };
  a = trim(a);
  b = trim(b);
  while (!a.empty() && !b.empty()) {
    const Character x = first(a), y = first(b);
    if (x.bad != y.bad || (x.bad ? x.code != y.code : lower(x.code) != lower(y.code))) return false;
    a.remove_prefix(x.length);
    b.remove_prefix(y.length);
  }
  return a.empty() && b.empty();
}

}  // namespace gradus::unicode
