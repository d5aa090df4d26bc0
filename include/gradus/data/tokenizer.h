// SPDX-License-Identifier: MIT
// Tokenizers: text as numbers, and back. Each kind has a vocabulary of words; a few of them may be
// special: marks such as padding, which decoding leaves out. Text never becomes a special word of a
// tokenizer that is made here, however it is written, but for the one that means "unknown"; in a
// tokenizer from elsewhere its added words are found in a text, special ones among them.
// Next: data/text.h
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/data/added_words.h"

namespace gradus {

/// 0 .. n-1.
std::vector<int64_t> first_ids(size_t n);

class Tokenizer {
 public:
  using Ids = std::vector<int64_t>;

  virtual ~Tokenizer() = default;
  /// "char", "word", "bpe", "wordpiece".
  virtual const char* kind() const = 0;
  /// Reads UTF-8; what is not well-formed is a byte by itself to bpe, U+FFFD to the others.
  virtual Ids encode(std::string_view text) const = 0;
  /// Throws std::invalid_argument for a number that is none of the vocabulary's.
  virtual std::string decode(std::span<const int64_t> ids) const = 0;

  int64_t size() const { return static_cast<int64_t>(words_.size()); }
  const std::vector<std::string>& words() const { return words_; }
  /// What one number stands for, in bytes: to bpe, a word may end inside a character.
  const std::string& word(int64_t id) const;
  /// The number of a word of the vocabulary, or of an added word; or -1.
  int64_t id(std::string_view word) const;
  /// Words that are found in a text before it is cut; all special words are among them.
  const AddedWords& added() const { return added_; }
  /// The numbers of the special words.
  const std::vector<int64_t>& specials() const { return specials_; }
  bool is_special(int64_t id) const {
    return std::find(specials_.begin(), specials_.end(), id) != specials_.end();
  }

 protected:
  Tokenizer() = default;
  /// Text never becomes one of these special words. Throws std::invalid_argument for a word that
  /// stands there twice, and for a special one that is not there.
  Tokenizer(std::vector<std::string> words, const std::vector<int64_t>& specials);
  /// The same with added words; those that the model lacks may be spelled like one of its words.
  Tokenizer(std::vector<std::string> words, AddedWords added);
  /// The number of a word of the model, which added words alone are not; or -1.
  int64_t model_id(std::string_view word) const;
  /// Whether text may become this word by way of the model.
  bool in_text(int64_t id) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };
  using Numbers = std::unordered_map<std::string, int64_t, Hash, std::equal_to<>>;
  std::vector<std::string> words_;
  Numbers ids_, added_ids_;  // of the model's words; of words that are added alone
  std::vector<int64_t> specials_;
  AddedWords added_;
};

/// Runs of letters, runs of digits, and each other character that is no space; decoding puts one
/// blank between them. A word outside the vocabulary becomes "<unk>".
class WordTokenizer : public Tokenizer {
 public:
  /// One of the special words is "<unk>".
  WordTokenizer(std::vector<std::string> words, std::vector<int64_t> specials);
  /// The special words, then those most frequent in the texts, equal ones in the order of bytes.
  static WordTokenizer train(std::span<const std::string> texts, int64_t size,
                             std::vector<std::string> specials = {}, int64_t min_count = 2);
  const char* kind() const override { return "word"; }
  Ids encode(std::string_view text) const override;
  std::string decode(std::span<const int64_t> ids) const override;

 private:
  int64_t unknown_;
};

}  // namespace gradus
