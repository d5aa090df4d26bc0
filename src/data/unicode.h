// SPDX-License-Identifier: MIT
// What tokenizers and metrics ask of a character. The tables are written by
// tools/unicode_tables.py.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gradus::unicode {

/// The character at the front of a text that is not empty; a byte that begins no well-formed one
/// is a character by itself, `bad`.
struct Character {
  char32_t code;
  size_t length;  // in bytes
  bool bad = false;
};
Character first(std::string_view text);
/// In UTF-8.
std::string utf8(char32_t code);

bool is_letter(char32_t c);
bool is_number(char32_t c);
bool is_space(char32_t c);  // the property White_Space

/// The words between spaces.
std::string_view next_word(std::string_view& text);

// First and last of each run.
std::span<const uint32_t> letters();
std::span<const uint32_t> numbers();
std::span<const uint32_t> marks();
std::span<const uint32_t> punctuations();
std::span<const uint32_t> controls();
bool in_runs(std::span<const uint32_t> runs, char32_t c);

}  // namespace gradus::unicode
