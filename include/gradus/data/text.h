// SPDX-License-Identifier: MIT
// Text as numbers: one for each character.
// Next: data/bpe.h
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gradus/data/tokenizer.h"

namespace gradus {

/// The characters (code points) of UTF-8 text, each as a string. What is not well-formed becomes
/// one U+FFFD for each byte, counted in `replaced`.
std::vector<std::string> utf8_characters(std::string_view text, int64_t* replaced = nullptr);

/// A vocabulary of single characters, sorted by code point.
class CharTokenizer : public Tokenizer {
 public:
  CharTokenizer() = default;
  /// The special words, and all characters of the text.
  explicit CharTokenizer(const std::vector<std::string>& characters,
                         std::vector<std::string> specials = {});
  const char* kind() const override { return "char"; }
  /// Throws std::invalid_argument for a character that is not in the vocabulary, with its place.
  Ids encode(std::string_view text) const override;
  std::string decode(std::span<const int64_t> ids) const override;
};

}  // namespace gradus
