// SPDX-License-Identifier: MIT
// Byte-level byte pair encoding, as in GPT-2: any text, in any script and with any bytes, decodes
// to itself byte for byte.
// Source: Sennrich, Haddow, Birch 2016; over bytes: Radford et al. 2019.
// Next: data/wordpiece.h
#pragma once
#include <array>
#include <utility>

#include "gradus/data/tokenizer.h"

namespace gradus {

struct BpeTraining {
  int64_t size = 8000;    // vocabulary size: special words, 256 bytes, merges
  int64_t min_count = 2;  // rarer pairs are not merged
  std::vector<std::string> specials{};
};

struct BpeSettings {
  std::vector<std::pair<int64_t, int64_t>> merges{};
  bool prefix_space = false;       // encoding prepends a space to the text; decoding removes it
  bool ignore_merges = false;      // a run that is in the vocabulary is one token, without merges
  std::vector<AddedWord> added{};  // including special words
};

/// Splits a text at its added words, and between them into runs by byte_level_words(). Each run
/// starts as its bytes; the earliest-learned applicable merge is applied, leftmost first, until
/// none is left.
class BpeTokenizer : public Tokenizer {
 public:
  using Merge = std::pair<int64_t, int64_t>;  // two words are replaced by their concatenation

  /// Throws std::invalid_argument if a byte has no word, for a merge whose words or result are not
  /// in the vocabulary, and for a repeated merge.
  BpeTokenizer(std::vector<std::string> words, BpeSettings settings);
  /// With special words, which are never matched in text.
  BpeTokenizer(std::vector<std::string> words, const std::vector<int64_t>& specials,
               std::vector<Merge> merges, bool prefix_space = false);
  /// Repeatedly merges the most frequent pair in the texts; ties go to the pair with the smaller
  /// ids. Gives the same words and merges as Hugging Face's trainer.
  /// Throws std::invalid_argument if the size has no room for bytes and special words.
  static BpeTokenizer train(std::span<const std::string> texts, const BpeTraining& options);

  const char* kind() const override { return "bpe"; }
  Ids encode(std::string_view text) const override;
  std::string decode(std::span<const int64_t> ids) const override;
  const std::vector<Merge>& merges() const { return merges_; }
  bool prefix_space() const { return prefix_space_; }
  bool ignore_merges() const { return ignore_merges_; }

 private:
  struct Rule {
    int64_t rank, result;
  };
  void learn_rules();
  void encode_word(std::string_view word, Ids& out) const;
  void encode_part(std::string_view text, Ids& out) const;

  std::vector<Merge> merges_;
  bool prefix_space_, ignore_merges_ = false;
  std::array<int64_t, 256> bytes_{};
  std::unordered_map<uint64_t, Rule> rules_;
};

/// GPT-2's runs: 's 't 're 've 'm 'll 'd, then letters, numbers, or other characters, each with an
/// optional space before it, and white space. Bytes that are not UTF-8 are other characters.
std::vector<std::string_view> byte_level_words(std::string_view text);

/// The spelling of bytes in vocabulary files: a printable character for each ("Ġ" for a space).
std::string byte_level_spelling(std::string_view bytes);
/// The inverse; throws std::invalid_argument for a character that spells no byte.
std::string bytes_of_spelling(std::string_view spelling);
/// Whether every character of `spelling` spells a byte.
bool spells_bytes(std::string_view spelling);

}  // namespace gradus
