// SPDX-License-Identifier: MIT
// Tokenizers: convert text to ids and back. Each kind has a vocabulary of words, some of which may
// be special: tokens such as padding, which decoding omits. In tokenizers created by gradus, text
// never encodes to a special word, except the one for "unknown"; in imported tokenizers added
// words, including special ones, are matched in text.
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
  /// Encodes UTF-8 text. Malformed bytes are kept by bpe and become U+FFFD in the other kinds.
  virtual Ids encode(std::string_view text) const = 0;
  /// Throws std::invalid_argument for an id outside the vocabulary.
  virtual std::string decode(std::span<const int64_t> ids) const = 0;

  int64_t size() const { return static_cast<int64_t>(words_.size()); }
  const std::vector<std::string>& words() const { return words_; }
  /// The bytes of one id; in bpe, a word may end inside a character.
  const std::string& word(int64_t id) const;
  /// The id of a word of the vocabulary or of an added word, or -1.
  int64_t id(std::string_view word) const;
  /// Words that are matched in a text before it is split; includes all special words.
  const AddedWords& added() const { return added_; }
  /// The ids of the special words.
  const std::vector<int64_t>& specials() const { return specials_; }
  bool is_special(int64_t id) const {
    return std::find(specials_.begin(), specials_.end(), id) != specials_.end();
  }

 protected:
  Tokenizer() = default;
  /// Text never encodes to one of these special words. Throws std::invalid_argument for a repeated
  /// word and for a special id outside the vocabulary.
  Tokenizer(std::vector<std::string> words, const std::vector<int64_t>& specials);
  /// The same with added words; those not in the model may be spelled like one of its words.
  Tokenizer(std::vector<std::string> words, AddedWords added);
  /// The id of a word of the model, or -1; excludes words that are only added.
  int64_t model_id(std::string_view word) const;
  /// Whether the model may encode text to this word.
  bool in_text(int64_t id) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };
  using Numbers = std::unordered_map<std::string, int64_t, Hash, std::equal_to<>>;
  std::vector<std::string> words_;
  Numbers ids_, added_ids_;  // ids of the model's words; of words that are only added
  std::vector<int64_t> specials_;
  AddedWords added_;
};

/// Splits text into runs of letters, runs of digits, and single other characters that are not
/// spaces; decoding puts a space between them. Words outside the vocabulary become "<unk>".
class WordTokenizer : public Tokenizer {
 public:
  /// One of the special words is "<unk>".
  WordTokenizer(std::vector<std::string> words, std::vector<int64_t> specials);
  /// The special words, then the most frequent words in the texts; ties in byte order.
  static WordTokenizer train(std::span<const std::string> texts, int64_t size,
                             std::vector<std::string> specials = {}, int64_t min_count = 2);
  const char* kind() const override { return "word"; }
  Ids encode(std::string_view text) const override;
  std::string decode(std::span<const int64_t> ids) const override;

 private:
  int64_t unknown_;
};

}  // namespace gradus
