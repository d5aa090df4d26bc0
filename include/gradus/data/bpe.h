// SPDX-License-Identifier: MIT
// Byte pair encoding over bytes, as GPT-2 has it: any text, in any script and with any bytes, goes
// in and comes out again byte for byte.
// Source: Sennrich, Haddow, Birch 2016; over bytes: Radford et al. 2019.
// Next: data/wordpiece.h
#pragma once
#include <array>
#include <utility>

#include "gradus/data/tokenizer.h"

namespace gradus {

struct BpeTraining {
  int64_t size = 8000;    // of the vocabulary: special words, 256 bytes, merges
  int64_t min_count = 2;  // pairs that are rarer are not merged
  std::vector<std::string> specials{};
};

struct BpeSettings {
  std::vector<std::pair<int64_t, int64_t>> merges{};
  bool prefix_space = false;   // a text begins as if with a blank; decoding takes it away
  bool ignore_merges = false;  // a run that is a word is that word, whatever the merges make of it
  std::vector<AddedWord> added{};  // special words among them
};

/// A text is cut at its added words, and between them into runs by byte_level_words(); each run
/// begins as its bytes, and the merge that was learned first is applied, leftmost first, until none
/// is left.
class BpeTokenizer : public Tokenizer {
 public:
  using Merge = std::pair<int64_t, int64_t>;  // two words become the one that is both together

  /// Throws std::invalid_argument where a byte has no word, for a merge of words that are not there
  /// or whose result is not there, and for a merge that stands there twice.
  BpeTokenizer(std::vector<std::string> words, BpeSettings settings);
  /// With special words that text never becomes.
  BpeTokenizer(std::vector<std::string> words, const std::vector<int64_t>& specials,
               std::vector<Merge> merges, bool prefix_space = false);
  /// Joins the pair that is most frequent in the texts, again and again; of equal ones the pair
  /// with the smaller numbers. Gives the words and merges of Hugging Face's trainer.
  /// Throws std::invalid_argument for a size with no room for bytes and special words.
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

/// GPT-2's runs: 's 't 're 've 'm 'll 'd, then letters, numbers, or other characters, each with one
/// blank before it, and spaces. Bytes that are no UTF-8 are other characters.
std::vector<std::string_view> byte_level_words(std::string_view text);

/// The spelling of bytes in vocabulary files: a printable character for each ("Ġ" for a blank).
std::string byte_level_spelling(std::string_view bytes);
/// The bytes again; throws std::invalid_argument for a character that spells none.
std::string bytes_of_spelling(std::string_view spelling);
/// Whether each of its characters spells a byte.
bool spells_bytes(std::string_view spelling);

}  // namespace gradus
