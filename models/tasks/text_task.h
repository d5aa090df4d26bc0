// SPDX-License-Identifier: MIT
// Text classification: data sets and training.
// Next: models/tasks/text_bag.h
#pragma once
#include "models/bert.h"
#include "models/tasks/classify_task.h"
#include "models/tasks/language_data.h"

namespace gradus {

struct TextSet {
  std::vector<std::string> texts{};
  std::vector<Tokens> tokens{};   // set by take_tokens()
  std::vector<int64_t> labels{};  // class numbers
  int64_t cut = 0;                // number of texts that were cut

  int64_t size() const { return static_cast<int64_t>(texts.size()); }
  /// Tokenises the texts and keeps the first `most` tokens of each.
  void take_tokens(const Tokenizer& tokenizer, int64_t most);
  /// Moves a random share of the texts into a new set.
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
  /// valid_loss and valid_accuracy; empty if `valid` is empty.
  Json evaluate() override;
  /// The current model's logits for any set: [N, classes].
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
