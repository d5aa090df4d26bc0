// SPDX-License-Identifier: MIT
// Texts for language models: what is trained on, what is held out, as tokens.
// Next: models/tasks/language_task.h
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gradus/data/tokenizer.h"
#include "models/seq2seq.h"

namespace gradus {

struct VocabularyOptions {
  std::string kind = "char";            // char, word or bpe
  int64_t size = 4000;                  // of words and byte pairs, at most
  std::vector<std::string> specials{};  // beside those that a kind needs: "<unk>", newline of words
};
/// Characters: all of the texts; words and byte pairs: the most frequent ones.
std::shared_ptr<const Tokenizer> learn_tokenizer(std::span<const std::string> texts,
                                                 const VocabularyOptions& options);

/// The special word for what the vocabulary does not know, "[UNK]" or "<unk>"; -1 if there is none.
int64_t unknown_id(const Tokenizer& tokenizer);
/// The special word between texts, "<|endoftext|>"; -1 if there is none.
int64_t end_of_text_id(const Tokenizer& tokenizer);
/// The tokens of a text. To words, a newline is a token, too. Throws std::invalid_argument for a
/// character that the vocabulary does not know, unless it has a word for such.
Tokens encode_text(const Tokenizer& tokenizer, std::string_view text);

/// Tokens as text, as they come: bytes of a character wait until it is whole, words get blanks
/// between them, pieces of words join. Special words say nothing, but for those of unknown() and
/// newline.
class TextStream {
 public:
  explicit TextStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  /// What can be shown now.
  std::string next(int64_t id);
  /// What still waits: an unfinished character, as U+FFFD.
  std::string rest();

 private:
  const Tokenizer& tokenizer_;
  std::string waiting_;
  bool blank_ = false;  // a word was said last
};
std::string decode_text(const Tokenizer& tokenizer, const Tokens& ids);

struct TextSplit {
  double held_out = 0.1;  // the end of each text, or that share of all lines, drawn by the seed
  bool by_lines = false;
  uint64_t seed = 0;
};

/// Text for training and held out. By lines, each line stands by itself: a model reads newline,
/// line and says line, newline.
struct LanguageData {
  std::shared_ptr<const Tokenizer> tokenizer{};
  bool by_lines = false;
  Tokens train{}, valid{};                           // else
  std::vector<Tokens> train_lines{}, valid_lines{};  // by lines
  int64_t characters = 0, held_out = 0;              // in the training part, and held out
  int64_t replaced = 0;                              // bytes that were no UTF-8; bpe keeps them
  std::vector<std::string> notes{};                  // on the files, for their reader

  /// Words and byte pairs are learned from the training part alone, unless a tokenizer is given;
  /// empty lines are dropped, and CR before the end of one. Throws std::invalid_argument for texts
  /// that are too short.
  static LanguageData from_texts(std::span<const std::string> texts, const TextSplit& split,
                                 const VocabularyOptions& vocabulary = {},
                                 std::shared_ptr<const Tokenizer> tokenizer = nullptr);
  int64_t newline() const { return tokenizer->id("\n"); }
  /// The longest line and a newline; by lines, the block that a model needs.
  int64_t longest() const;
  /// Tokens in either part, by lines with their newlines.
  int64_t tokens(bool training) const;
  /// Windows of `block` tokens that cover the training text once, or its lines.
  int64_t epoch_size(int64_t block) const;
  /// Characters that the held-out tokens stand for; the first of a text is not said.
  int64_t said_characters() const;
  /// The share of held-out tokens that the vocabulary does not know.
  double unknown_share() const;
};

/// The loss on the held-out part, in nats a token, of the share of each token in training, and of
/// its share behind each other one; one is added to each count.
double unigram_loss(const LanguageData& data);
double bigram_loss(const LanguageData& data);

}  // namespace gradus
