// SPDX-License-Identifier: MIT
// The words, numbers and marks of one cell that may be a date.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace gradus::dates {

struct Token {
  enum Kind { number, word, mark, blank } kind = blank;
  std::string_view text{};
  int value = 0;  // if it is a number with up to nine digits
};

/// Blanks in a row are one token; so are digits, and letters.
class Tokens {
 public:
  static constexpr size_t most = 32;

  /// False if there are more tokens than any date has.
  bool read(std::string_view s);
  size_t count() const { return count_; }
  std::string_view text(size_t i) const { return all_[i].text; }
  int value(size_t i) const { return all_[i].value; }

  bool is(size_t i, Token::Kind kind) const { return i < count_ && all_[i].kind == kind; }
  bool is_mark(size_t i, char c) const { return is(i, Token::mark) && all_[i].text[0] == c; }
  bool is_number(size_t i, size_t least, size_t most_digits) const {
    const size_t digits = is(i, Token::number) ? all_[i].text.size() : 0;
    return digits >= least && digits <= most_digits;
  }
  /// Letters compared without case; `lower` is in lower case.
  bool is_word(size_t i, std::string_view lower) const;

 private:
  static Token symbol(std::string_view s, size_t& i);

  std::array<Token, most> all_{};
  size_t count_ = 0;
};

}  // namespace gradus::dates
