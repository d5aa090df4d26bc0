// SPDX-License-Identifier: MIT
// Translation: tokenised sentence pairs, training on them, translating.
// Next: models/tasks/language_task.h
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "gradus/data/text_pairs.h"
#include "gradus/data/tokenizer.h"
#include "gradus/train/trainer.h"
#include "models/beam.h"
#include "models/tasks/splits.h"

namespace gradus {

/// The tokenizers of both languages, possibly the same one. Their first tokens are special:
/// SpecialTokens' "<pad>", "<s>" and "</s>".
struct TranslationTokenizers {
  std::shared_ptr<const Tokenizer> source{}, target{};
  bool shared() const { return source == target; }
  static std::vector<std::string> specials() { return {"<pad>", "<s>", "</s>"}; }
};

/// Sentence pairs as tokens, each source with an end token. Pairs with more than max_length tokens
/// on one side are left out and counted.
struct TranslationPairs {
  std::vector<Tokens> source{}, target{};
  std::vector<std::string> source_text{}, target_text{};
  int64_t left_out = 0;
  int64_t size() const { return static_cast<int64_t>(source.size()); }

  static TranslationPairs from(const TextPairs& pairs, const TranslationTokenizers& tokenizers,
                               int64_t max_length);
};

struct TranslationOptions {
  int64_t max_tokens = 2048;  // per batch: sentences times the longest target
  double label_smoothing = 0.1;
  uint64_t seed = 0;
};

struct TranslationScores {
  double bleu, chrf;  // 0 to 100
};

/// A translator with its pairs, trained with teacher forcing. Figures on the held-out pairs:
/// valid_loss, in nats per token without smoothing; bleu, of greedy decoding.
struct TranslationTask : Task {
  Module& model() override { return *translator; }
  /// Batches per epoch, the same for each epoch.
  int64_t batches() const;
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  /// Three held-out sentences with the model's translations.
  std::vector<std::string> samples() override;

  /// Mean cross-entropy, in nats per token.
  double loss_on(const TranslationPairs& pairs) const;
  TranslationScores scores(const TranslationPairs& pairs, const BeamOptions& beam) const;
  std::string text(const Tokens& target) const { return tokenizers.target->decode(target); }

  // All of them are set before the first epoch; the model is made for the tokenizers.
  Splits<TranslationPairs> data{};
  TranslationTokenizers tokenizers{};
  TranslationOptions options{};
  std::unique_ptr<Seq2SeqModel> translator{};

 private:
  Seq2SeqBatch batch_of(const TranslationPairs& pairs, const gradus::Batch& numbers) const;
  std::vector<gradus::Batch> batches_of(const TranslationPairs& pairs, int64_t max_tokens,
                                        Generator& gen) const;

  std::vector<gradus::Batch> batches_{};
};

/// Translates the sources, in order, in batches of similar length. A sentence of n tokens gets at
/// most 2 n + 10. On a signal it stops early and returns the translations found so far.
std::vector<Tokens> translate(const Seq2SeqModel& model, const std::vector<Tokens>& sources,
                              const BeamOptions& beam, int64_t max_tokens = 4096);

}  // namespace gradus
