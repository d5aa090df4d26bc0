// SPDX-License-Identifier: MIT
// Added words of a tokenizer: matched in a text before it is split into tokens, as in the
// tokenizers library.
// Next: data/tokenizer.h
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gradus {

struct AddedWord {
  std::string content{};
  int64_t id = 0;
  bool single_word = false;    // only if no letter, mark, digit or _ is adjacent
  bool lstrip = false;         // includes the spaces before it
  bool rstrip = false;         // includes the spaces after it
  bool normalized = false;     // matched in the normalised text; else in the original text
  bool special = false;        // a token such as padding, omitted by decoding
  bool in_model = true;        // the model's own vocabulary contains it as well
  bool never_in_text = false;  // never matched: text that spells it stays text

  friend bool operator==(const AddedWord&, const AddedWord&) = default;
};

/// Finds non-overlapping matches, leftmost first, the longest word at each position.
class AddedWords {
 public:
  using Normalizer = std::function<std::string(std::string_view)>;

  AddedWords() = default;
  /// `normalizer` is the tokenizer's text normalisation. Of words that are equal once normalised,
  /// the one with the smallest id matches.
  /// Throws std::invalid_argument for a word that is empty, even if only after normalisation, and
  /// for two words with the same id or content.
  AddedWords(std::vector<AddedWord> words, const Normalizer& normalizer);

  /// Sorted by id.
  const std::vector<AddedWord>& all() const { return words_; }
  /// The added word with this id, or null.
  const AddedWord* find(int64_t id) const;
  /// The spelling that is matched: normalised if the word is matched in normalised text.
  std::string spelling(const AddedWord& word) const;

  /// Splits a text: first at the words matched in the original text, then, in the normalised rest,
  /// at the others. Calls `word` with ids and `rest` with normalised text between, in text order.
  void cut(std::string_view text, const std::function<void(int64_t)>& word,
           const std::function<void(std::string_view)>& rest) const;

 private:
  // The patterns of one pass, with their lengths, longest first, by first byte.
  struct Patterns {
    std::unordered_map<std::string, size_t> words{};
    std::unordered_map<char, std::vector<size_t>> lengths{};
    void add(const std::string& pattern, size_t word);
    // The word at the front of a text and its length; length 0 if there is none.
    std::pair<size_t, size_t> at_front(std::string_view text) const;
  };
  template <class Word, class Rest>
  void pass(std::string_view text, const Patterns& patterns, Word word, Rest rest) const;

  std::vector<AddedWord> words_;
  Normalizer normalizer_;
  Patterns as_given_, normalised_;
};

}  // namespace gradus
