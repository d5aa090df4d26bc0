// SPDX-License-Identifier: MIT
// Words that were added to a tokenizer: found in a text before it is cut into tokens, as the
// tokenizers library finds them.
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
  bool single_word = false;  // only where no letter, mark, digit or _ touches it
  bool lstrip = false;       // the spaces before it belong to it
  bool rstrip = false;       // the spaces after it belong to it
  bool normalized = false;   // looked for in the normalised text; else in the text as given
  bool special = false;      // a mark such as padding; decoding leaves it out
  bool in_model = true;      // the model's own vocabulary holds it as well
  bool never_in_text = false;  // text that spells it stays text

  friend bool operator==(const AddedWord&, const AddedWord&) = default;
};

/// Finds the longest word at the leftmost place, again and again, without overlaps.
class AddedWords {
 public:
  using Normalizer = std::function<std::string(std::string_view)>;

  AddedWords() = default;
  /// `normalizer` is what the tokenizer does to a text before it cuts it. Of words that are equal
  /// once normalised, the one with the smallest number is found.
  /// Throws std::invalid_argument for an empty word, one of which the normalizer leaves nothing,
  /// and for two words with one number or the same content.
  AddedWords(std::vector<AddedWord> words, const Normalizer& normalizer);

  /// In the order of their numbers.
  const std::vector<AddedWord>& all() const { return words_; }
  /// The added word with this number, or null.
  const AddedWord* find(int64_t id) const;
  /// What a word is in a text: normalised, if it is looked for there.
  std::string spelling(const AddedWord& word) const;

  /// Cuts a text: words that are looked for as given, then, in the normalised rest, the others.
  /// Calls `word` with a number, `rest` with normalised text between words, in their order.
  void cut(std::string_view text, const std::function<void(int64_t)>& word,
           const std::function<void(std::string_view)>& rest) const;

 private:
  // The patterns of one pass. Lengths, longest first, by the first byte.
  struct Patterns {
    std::unordered_map<std::string, size_t> words{};
    std::unordered_map<char, std::vector<size_t>> lengths{};
    void add(const std::string& pattern, size_t word);
    // The word at the front of a text and its length, or a length of 0.
    std::pair<size_t, size_t> at_front(std::string_view text) const;
  };
  template <class Word, class Rest>
  void pass(std::string_view text, const Patterns& patterns, Word word, Rest rest) const;

  std::vector<AddedWord> words_;
  Normalizer normalizer_;
  Patterns as_given_, normalised_;
};

}  // namespace gradus
