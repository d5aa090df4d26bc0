// SPDX-License-Identifier: MIT
// WordPiece, as in BERT: words are split into the longest pieces in a vocabulary.
// Source: Wu et al. 2016, section 4.1; Devlin et al. 2019.
// Next: data/encoding.h
#pragma once
#include "gradus/data/tokenizer.h"

namespace gradus {

struct WordPieceSettings {
  bool clean_text = true;     // remove control characters, turn other white space into spaces
  bool chinese_alone = true;  // a Chinese character is a word of its own
  bool strip_accents = true;  // remove accents
  bool lower_case = true;     // convert to lower case
  std::string unknown = "[UNK]";
  std::string prefix = "##";       // starts a piece that continues a word
  int64_t max_characters = 100;    // a longer word is unknown
  bool join_punctuation = false;   // decoding removes the space before "." and the like
  std::vector<AddedWord> added{};  // including special words
};

/// Splits a text at its added words; cleans the rest (WordPieceSettings) and splits it at spaces,
/// around punctuation and around Chinese characters. Each word is split greedily into the longest
/// pieces in the vocabulary, where pieces after the first have a leading "##". A word that cannot
/// be split, or of more than 100 characters, is "[UNK]".
class WordPieceTokenizer : public Tokenizer {
 public:
  /// Throws std::invalid_argument for a vocabulary without the unknown word.
  WordPieceTokenizer(std::vector<std::string> words, WordPieceSettings settings);
  /// Words in brackets, such as "[CLS]", are special: text never encodes to them.
  explicit WordPieceTokenizer(std::vector<std::string> words, bool lower_case = true);
  const char* kind() const override { return "wordpiece"; }
  Ids encode(std::string_view text) const override;
  /// Joins the pieces, with one space between words; the original spacing is lost. An added word
  /// has the spelling that is matched: normalised, or as given.
  std::string decode(std::span<const int64_t> ids) const override;
  /// The text that a word adds, as the first one or after others; empty for a special word.
  std::string decoded(int64_t id, bool first) const;
  bool lower_case() const { return settings_.lower_case; }
  int64_t unknown() const { return unknown_; }
  /// All settings; see added() for the added words.
  const WordPieceSettings& settings() const { return settings_; }

 private:
  void encode_part(std::string_view text, Ids& out) const;
  void encode_word(std::string_view word, Ids& out) const;
  WordPieceSettings settings_;
  int64_t unknown_;
};

}  // namespace gradus
