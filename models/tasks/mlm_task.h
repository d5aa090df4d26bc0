// SPDX-License-Identifier: MIT
// Masked language modelling: a BERT learns to predict masked tokens.
// Next: models/tasks/text_task.h
#pragma once
#include <optional>

#include "gradus/train/trainer.h"
#include "models/bert.h"
#include "models/bert_words.h"
#include "models/tasks/language_data.h"

namespace gradus {

struct Masking {
  double share = 0.15;                // share of the tokens, at least one per sequence
  double masked = 0.8, random = 0.1;  // become [MASK]; become a random token; the rest stays
};
struct MaskedBatch {
  TokenBatch tokens{};
  std::vector<int64_t> places{};  // indices into the flattened ids
  Tensor targets{};               // [N]: the original tokens
};
/// Chooses positions and masks the tokens there. Source: Devlin et al. 2019, section 3.1.
MaskedBatch mask_tokens(const Tokenizer& tokenizer, std::span<const Tokens> sequences,
                        const Masking& masking, Generator& gen);

/// A BERT with its text. An epoch is as many random windows of block - 2 tokens as cover the text
/// once, or all lines in random order. The held-out data are windows without overlap, or lines,
/// with fixed masks: valid_loss is in nats per masked token, masked_accuracy counts every masked
/// position once.
struct MaskedTask : Task {
  MaskedTask() = default;  // the parts are set later, before the first epoch
  MaskedTask(LanguageData data, BertForMaskedLM bert, const Masking& masking, int64_t batch_size,
             uint64_t seed);
  Module& model() override { return bert.value(); }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  /// Baselines on the masked positions: unigram_accuracy of the most frequent token, unigram_loss
  /// of the token frequencies, with add-one smoothing; and masked_places, their number.
  Json unigram() const;
  /// A few held-out texts: [x] was predicted correctly, [x|y] was predicted x in place of y.
  std::vector<std::string> samples() override;

  LanguageData data{};
  std::optional<BertForMaskedLM> bert{};
  Masking masking{};
  int64_t batch_size = 32;
  uint64_t seed = 0;  // seed of windows, the order of the lines, and masks

 private:
  template <class F> void each_held_out(F f) const;
  std::vector<Tokens> training_batch(int64_t number) const;
  int64_t window() const { return bert->bert.options.block - 2; }

  int64_t epoch_ = 0;
  std::vector<std::vector<int64_t>> batches_{};  // line numbers
};

}  // namespace gradus
