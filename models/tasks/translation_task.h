// SPDX-License-Identifier: MIT
// Translation: pairs of sentences as numbers, training on them, translating.
// Next: models/tasks/language_task.h
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "gradus/data/text_pairs.h"
#include "gradus/data/tokenizer.h"
#include "gradus/train/trainer.h"
#include "models/beam.h"

namespace gradus {

/// The tokenizers of both languages, which may be one. Their first words are special:
/// SpecialTokens' "<pad>", "<s>" and "</s>".
struct TranslationTokenizers {
  std::shared_ptr<const Tokenizer> source{}, target{};
  bool shared() const { return source == target; }
  static std::vector<std::string> specials() { return {"<pad>", "<s>", "</s>"}; }
};

/// Sentences as numbers, each source with an end token. Pairs of which one side has more than
/// max_length tokens are left out and counted.
struct TranslationPairs {
  std::vector<Tokens> source{}, target{};
  std::vector<std::string> source_text{}, target_text{};
  int64_t left_out = 0;
  int64_t size() const { return static_cast<int64_t>(source.size()); }

  static TranslationPairs from(const TextPairs& pairs, const TranslationTokenizers& tokenizers,
                               int64_t max_length);
};
Tokens source_tokens(const Tokenizer& tokenizer, const std::string& text, int64_t max_length);

struct TranslationOptions {
  int64_t max_tokens = 2048;  // of a batch: sentences times the longest target
  double label_smoothing = 0.1;
  uint64_t seed = 0;
};

struct TranslationScores {
  double bleu, chrf;  // 0 to 100
};

/// Training with teacher forcing. Figures by greedy decoding of the held-out pairs: valid_loss, in
/// nats a token, without smoothing; bleu, of their texts. Keeps references.
class TranslationTraining : public Task {
 public:
  TranslationTraining(const TranslationPairs& training, const TranslationPairs& valid,
                      const TranslationTokenizers& tokenizers, Seq2SeqModel& model,
                      TranslationOptions options);
  Module& model() override { return model_; }
  /// Batches of an epoch; the same for each.
  int64_t batches() const;
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  /// Three held-out sentences and what the model says for them.
  std::vector<std::string> samples() override;

  /// Mean cross-entropy, in nats a token.
  double loss_on(const TranslationPairs& pairs) const;
  TranslationScores scores(const TranslationPairs& pairs, const BeamOptions& beam) const;
  std::string text(const Tokens& target) const { return tokenizers_.target->decode(target); }

 private:
  Seq2SeqBatch batch_of(const TranslationPairs& pairs, const gradus::Batch& numbers) const;
  std::vector<gradus::Batch> batches_of(const TranslationPairs& pairs, int64_t max_tokens,
                                        Generator& gen) const;

  const TranslationPairs &training_, &valid_;
  const TranslationTokenizers& tokenizers_;
  Seq2SeqModel& model_;
  TranslationOptions options_;
  std::vector<gradus::Batch> batches_{};
};

/// What the model says for each source, in their order; batches are of similar length. A sentence
/// gets at most 2 n + 10 tokens for its n. Stops early on a signal, with what is said by then.
std::vector<Tokens> translate(const Seq2SeqModel& model, const std::vector<Tokens>& sources,
                              const BeamOptions& beam, int64_t max_tokens = 4096);

}  // namespace gradus
