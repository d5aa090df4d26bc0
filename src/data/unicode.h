// SPDX-License-Identifier: MIT
// Character properties for tokenizers and metrics. tools/unicode_tables.py generates the tables.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gradus::unicode {

/// The character at the front of a non-empty text; a byte that does not start a well-formed one is
/// a character by itself, `bad`.
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
bool is_mark(char32_t c);   // nonspacing: category Mn
bool is_control(char32_t c);
bool is_word(char32_t c);  // \w of regular expressions: letters, marks, digits, "_" and its like
bool is_punctuation(char32_t c);  // category P, and other ASCII symbols

/// The lower-case letter, if it is a single character.
char32_t lower(char32_t c);
/// Appends the canonical decomposition of a character without marks: "é" gives "e"; a Hangul
/// syllable gives its letters.
void add_base(char32_t c, std::u32string& out);

/// Columns in a terminal: 0 for marks and controls, 2 for East Asian characters and emoji.
int64_t columns(std::string_view text);
/// The leading characters that fit into the given number of columns.
std::string_view fitting(std::string_view text, int64_t width);

/// Whether two words differ only in case and surrounding blanks.
bool same_word(std::string_view a, std::string_view b);

/// The words separated by spaces.
std::string_view next_word(std::string_view& text);

// First and last of each run.
std::span<const uint32_t> letters();
std::span<const uint32_t> numbers();
std::span<const uint32_t> marks();
std::span<const uint32_t> punctuations();
std::span<const uint32_t> controls();
std::span<const uint32_t> words();
std::span<const int32_t> lowers();  // first, last, step, lower minus upper case
std::span<const uint32_t> bases();  // a character, its base
std::span<const uint32_t> pairs();  // a character, the two of one step
bool in_runs(std::span<const uint32_t> runs, char32_t c);

}  // namespace gradus::unicode
