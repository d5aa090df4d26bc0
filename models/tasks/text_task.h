// SPDX-License-Identifier: MIT
// Putting texts into classes: the sets, and training.
// Next: models/tasks/text_bag.h
#pragma once
#include "models/bert.h"
#include "models/tasks/classify_task.h"
#include "models/tasks/language_data.h"

namespace gradus {

struct TextSet {
  std::vector<std::string> texts{};
  std::vector<Tokens> tokens{};   // as take_tokens() has them
  std::vector<int64_t> labels{};  // numbers of classes
  int64_t cut = 0;                // texts that are longer than the model reads

  int64_t size() const { return static_cast<int64_t>(texts.size()); }
  /// Their tokens, the first `most` of each.
  void take_tokens(const Tokenizer& tokenizer, int64_t most);
  /// Moves a share of the texts, drawn by the generator, into a set of its own.
  TextSet take_out(double share, Generator& gen);
  std::vector<int64_t> counts(int64_t classes) const;
  Tensor label_tensor() const;
};

/// Batches of similar length, cross-entropy, accuracy. Keeps references.
class TextClassifyTraining : public Task {
 public:
  TextClassifyTraining(const TextSet& training, const TextSet& valid, const Tokenizer& tokenizer,
                       TextClassifier& model, int64_t batch_size, uint64_t seed);
  Module& model() override { return model_; }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  /// valid_loss and valid_accuracy; nothing where `valid` is empty.
  Json evaluate() override;
  /// What the model, as it is, says of any set: [N, classes].
  Tensor logits(const TextSet& set) const;

 private:
  const TextSet &training_, &valid_;
  const Tokenizer& tokenizer_;
  TextClassifier& model_;
  int64_t batch_size_;
  uint64_t seed_;
  std::vector<int64_t> lengths_;
  std::vector<gradus::Batch> batches_;
};

}  // namespace gradus
