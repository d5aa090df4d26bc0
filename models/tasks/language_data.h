// SPDX-License-Identifier: MIT
// Data for language models: training and held-out texts as tokens.
// Next: models/tasks/language_task.h
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gradus/data/tokenizer.h"
#include "models/text_tokens.h"

namespace gradus {

struct VocabularyOptions {
  std::string kind = "char";            // char, word or bpe
  int64_t size = 4000;                  // maximum number of words or byte pairs
  std::vector<std::string> specials{};  // added to those a kind needs ("<unk>", newline for words)
};
/// Characters: all of the texts; words and byte pairs: the most frequent.
std::shared_ptr<const Tokenizer> learn_tokenizer(std::span<const std::string> texts,
                                                 const VocabularyOptions& options);

struct TextSplit {
  double held_out = 0.1;  // the end of each text, or a random share of all lines
  bool by_lines = false;
  uint64_t seed = 0;
};

/// Text for training and held out. By lines, each line is a text of its own: the model reads
/// newline + line and predicts line + newline.
struct LanguageData {
  std::shared_ptr<const Tokenizer> tokenizer{};
  bool by_lines = false;
  Tokens train{}, valid{};                           // not by lines
  std::vector<Tokens> train_lines{}, valid_lines{};  // by lines
  int64_t characters = 0, held_out = 0;              // characters of the two parts
  int64_t replaced = 0;                              // bytes that were not UTF-8; bpe keeps them
  std::vector<std::string> notes{};                  // remarks on the files for the user

  /// Without a tokenizer, learns words or byte pairs from the training part alone. Drops empty
  /// lines, and CR at line ends. Throws std::invalid_argument for texts that are too short.
  static LanguageData from_texts(std::span<const std::string> texts, const TextSplit& split,
                                 const VocabularyOptions& vocabulary = {},
                                 std::shared_ptr<const Tokenizer> tokenizer = nullptr);
  int64_t newline() const { return tokenizer->id("\n"); }
  /// The longest line with its newline: by lines, the block that a model needs.
  int64_t longest() const;
  /// Number of tokens of a part, by lines with newlines.
  int64_t tokens(bool training) const;
  /// The number of windows of `block` tokens that cover the training text once, or of its lines.
  int64_t epoch_size(int64_t block) const;
  /// The number of windows of `block` tokens that cover the held-out text, or of its lines.
  int64_t held_out_size(int64_t block) const;
  /// Characters of the held-out tokens that are predicted: all but the first of each text.
  int64_t predicted_characters() const;
  /// The share of held-out tokens that are not in the vocabulary.
  double unknown_share() const;
};

/// The held-out loss, in nats per token, of predicting the training frequency of each token
/// (unigram), or its frequency after the previous token (bigram); with add-one smoothing.
double unigram_loss(const LanguageData& data);
double bigram_loss(const LanguageData& data);

}  // namespace gradus
