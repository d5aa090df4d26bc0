// SPDX-License-Identifier: MIT
// Text as numbers: one for each character.
// Next: data/batch.h
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/error.h"

namespace gradus {

/// The characters (code points) of UTF-8 text, each as a string. What is not well-formed becomes
/// one U+FFFD for each byte, counted in `replaced`.
std::vector<std::string> utf8_characters(std::string_view text, int64_t* replaced = nullptr);

/// A vocabulary of single characters, sorted by code point.
class CharTokenizer {
 public:
  CharTokenizer() = default;
  /// All characters of the text.
  explicit CharTokenizer(const std::vector<std::string>& characters);

  int64_t size() const { return static_cast<int64_t>(words_.size()); }
  const std::vector<std::string>& words() const { return words_; }
  const std::string& word(int64_t id) const;
  /// The number of a character, or -1.
  int64_t id(const std::string& character) const;
  /// Throws std::invalid_argument for a character that is not in the vocabulary, with its place.
  std::vector<int64_t> encode(std::string_view text) const;
  std::string decode(const std::vector<int64_t>& ids) const;

 private:
  std::vector<std::string> words_;
  std::map<std::string, int64_t> ids_;
};

}  // namespace gradus
