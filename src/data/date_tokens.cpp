// SPDX-License-Identifier: MIT
// Splits a cell into tokens.
#include "data/date_tokens.h"

namespace gradus::dates {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Some blanks written by other programs, and the minus sign of ISO 8601, have several bytes.
struct Symbol {
  const char* bytes;
  char meaning;
};
constexpr Symbol symbols[] = {{"\xC2\xA0", ' '}, {"\xE2\x80\xAF", ' '}, {"\xE2\x88\x92", '-'}};

int value_of(std::string_view digits) {
  int value = 0;
  for (size_t i = 0; i < digits.size() && digits.size() < 10; ++i)
    value = 10 * value + (digits[i] - '0');
  return value;
}

}  // namespace

bool Tokens::read(std::string_view s) {
  for (size_t i = 0; i < s.size();) {
    if (count_ == most) return false;
    const size_t begin = i;
    Token& t = all_[count_++];
    if (is_digit(s[i])) {
      while (i < s.size() && is_digit(s[i])) ++i;
      const std::string_view digits = s.substr(begin, i - begin);
      t = {Token::number, digits, value_of(digits)};
    } else if (is_letter(s[i])) {
      while (i < s.size() && is_letter(s[i])) ++i;
      t = {Token::word, s.substr(begin, i - begin)};
    } else {
      t = symbol(s, i);
      while (t.kind == Token::blank && i < s.size() && (s[i] == ' ' || s[i] == '\t')) ++i;
    }
  }
  return true;
}

bool Tokens::is_word(size_t i, std::string_view lower) const {
  if (!is(i, Token::word) || all_[i].text.size() != lower.size()) return false;
  for (size_t k = 0; k < lower.size(); ++k)
    if ((all_[i].text[k] | 0x20) != lower[k]) return false;
  return true;
}

Token Tokens::symbol(std::string_view s, size_t& i) {
  for (const Symbol& known : symbols)
    if (const std::string_view bytes = known.bytes; s.substr(i).starts_with(bytes)) {
      i += bytes.size();
      return known.meaning == ' ' ? Token{Token::blank, " "} : Token{Token::mark, "-"};
    }
  const bool blank = s[i] == ' ' || s[i] == '\t';
  return {blank ? Token::blank : Token::mark, s.substr(i++, 1)};
}

}  // namespace gradus::dates
