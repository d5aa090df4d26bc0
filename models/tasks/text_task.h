// SPDX-License-Identifier: MIT
// Classifying texts, by a BERT or by the words alone: batches of similar length, cross-entropy.
// Next: models/tasks/translation_task.h
#pragma once
#include "models/bert.h"
#include "models/tasks/splits.h"
#include "models/tasks/text_bag.h"

namespace gradus {

struct TextOptions {
  int64_t batch_size = 32;
  uint64_t seed = 0;  // seed of the order of the texts
};

/// A classifier of texts with its data. Figures on the validation data: valid_loss and
/// valid_accuracy; none without such data.
struct TextTask : Task {
  TextTask() = default;  // the parts are set later, before the first epoch
  TextTask(Splits<TextSet> data, std::shared_ptr<const Tokenizer> tokenizer, TextClassifier bert,
           TextOptions options = {});
  Module& model() override;
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  /// The figure that selects the best epoch: "valid_loss", or "" for the last epoch.
  std::string score() const { return data.validated() ? "valid_loss" : ""; }
  /// The current model's logits for any set: [N, classes].
  Tensor logits(const TextSet& set) const;
  ClassifyFigures figures(const TextSet& set) const;

  Splits<TextSet> data{};  // with tokens for a BERT: see TextSet::take_tokens()
  std::shared_ptr<const Tokenizer> tokenizer{};
  TextOptions options{};
  // One of them is the model.
  std::optional<TextClassifier> bert{};
  std::optional<BagOfWords> bag{};

 private:
  std::vector<gradus::Batch> batches_{};
  Tensor labels_{};  // labels of all training texts
};

}  // namespace gradus
