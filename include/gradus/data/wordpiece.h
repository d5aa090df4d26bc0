// SPDX-License-Identifier: MIT
// WordPiece, as BERT has it: words are cut into the longest pieces of a vocabulary.
// Source: Wu et al. 2016, section 4.1; Devlin et al. 2019.
// Next: data/text_pairs.h
#pragma once
#include "gradus/data/tokenizer.h"

namespace gradus {

/// Text is cleaned (controls go, spaces become blanks; where `lower_case`, letters become small and
/// lose their accents), cut at blanks, around punctuation and around Chinese characters; each word
/// begins with the longest piece that the vocabulary has, and goes on with the longest one that
/// follows, which is written with "##" in front. A word that cannot be cut, or of more than 100
/// characters, is "[UNK]". Special words: those in brackets, such as "[CLS]".
/// Throws std::invalid_argument for a vocabulary without "[UNK]".
class WordPieceTokenizer : public Tokenizer {
 public:
  explicit WordPieceTokenizer(std::vector<std::string> words, bool lower_case = true);
  const char* kind() const override { return "wordpiece"; }
  Ids encode(std::string_view text) const override;
  /// Pieces joined, one blank between words; the blanks of the text are not known any more.
  std::string decode(std::span<const int64_t> ids) const override;
  bool lower_case() const { return lower_case_; }

 private:
  void encode_word(std::string_view word, Ids& out) const;
  bool lower_case_;
  int64_t unknown_;
};

}  // namespace gradus
