// SPDX-License-Identifier: MIT
// Character-level tokenization.
// Next: data/bpe.h
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gradus/data/tokenizer.h"

namespace gradus {

/// The characters (code points) of UTF-8 text, each as a string. Malformed bytes become one U+FFFD
/// each, counted in `replaced`.
std::vector<std::string> utf8_characters(std::string_view text, int64_t* replaced = nullptr);

/// A vocabulary of single characters, sorted by code point.
class CharTokenizer : public Tokenizer {
 public:
  CharTokenizer() = default;
  /// A vocabulary of the special words and all given characters.
  explicit CharTokenizer(const std::vector<std::string>& characters,
                         std::vector<std::string> specials = {});
  const char* kind() const override { return "char"; }
  /// Throws std::invalid_argument, with the position, for a character outside the vocabulary.
  Ids encode(std::string_view text) const override;
  std::string decode(std::span<const int64_t> ids) const override;
};

}  // namespace gradus
