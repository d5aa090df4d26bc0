// SPDX-License-Identifier: MIT
// WordPiece, as BERT has it: words are cut into the longest pieces of a vocabulary.
// Source: Wu et al. 2016, section 4.1; Devlin et al. 2019.
// Next: data/encoding.h
#pragma once
#include "gradus/data/tokenizer.h"

namespace gradus {

struct WordPieceSettings {
  bool clean_text = true;     // controls go, other spaces become blanks
  bool chinese_alone = true;  // a Chinese character is a word by itself
  bool strip_accents = true;  // letters lose their accents
  bool lower_case = true;     // letters become small
  std::string unknown = "[UNK]";
  std::string prefix = "##";     // of a piece that goes on with a word
  int64_t max_characters = 100;  // a longer word is unknown
  bool join_punctuation = false;  // decoding takes away the blank before "." and the like
  std::vector<AddedWord> added{};  // special words among them
};

/// A text is cut at its added words; between them it is cleaned (WordPieceSettings), cut at blanks,
/// around punctuation and around Chinese characters; each word begins with the longest piece that
/// the vocabulary has, and goes on with the longest one that follows, which is written with "##" in
/// front. A word that cannot be cut, or of more than 100 characters, is "[UNK]".
class WordPieceTokenizer : public Tokenizer {
 public:
  /// Throws std::invalid_argument for a vocabulary without the word for what is unknown.
  WordPieceTokenizer(std::vector<std::string> words, WordPieceSettings settings);
  /// Special words, which text never becomes: those in brackets, such as "[CLS]".
  explicit WordPieceTokenizer(std::vector<std::string> words, bool lower_case = true);
  const char* kind() const override { return "wordpiece"; }
  Ids encode(std::string_view text) const override;
  /// Pieces joined, one blank between words; the blanks of the text are not known any more. An
  /// added word is as it was looked for: normalised, or as given.
  std::string decode(std::span<const int64_t> ids) const override;
  /// What a word adds to a text, as the first or after others; nothing for a special one.
  std::string decoded(int64_t id, bool first) const;
  bool lower_case() const { return settings_.lower_case; }
  int64_t unknown() const { return unknown_; }
  /// All of them; added words stand in added().
  const WordPieceSettings& settings() const { return settings_; }

 private:
  void encode_part(std::string_view text, Ids& out) const;
  void encode_word(std::string_view word, Ids& out) const;
  WordPieceSettings settings_;
  int64_t unknown_;
};

}  // namespace gradus
