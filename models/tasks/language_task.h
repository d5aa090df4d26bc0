// SPDX-License-Identifier: MIT
// Language modelling: a GPT learns to say the next token of a text, or of items one a line.
// Next: models/tasks/classify_task.h
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/train/trainer.h"
#include "models/gpt.h"
#include "models/tasks/language_data.h"

namespace gradus {

/// An epoch is as many windows of `block` tokens, drawn at random, as cover the text once; or all
/// lines, in random order. valid_loss is in nats a token over the whole held-out part, in windows
/// of `block` without overlap; valid_nats_per_char is the same sum by its characters. Keeps
/// references.
class LanguageTraining : public Task {
 public:
  LanguageTraining(const LanguageData& data, Gpt& model, int64_t batch_size, uint64_t seed);
  Module& model() override { return model_; }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  /// Windows or lines that are judged together: fewer where there are many different tokens.
  int64_t judged_at_once() const;
  /// A few lines that the model makes up.
  std::vector<std::string> samples_of(int64_t count, uint64_t seed) const;
  std::vector<std::string> samples() override { return samples_of(3, 1); }

 private:
  struct Window {
    Tensor ids, targets;  // [B, T]; padding in targets is -100
    int64_t tokens;
  };
  Window window(const Tokens& text, const std::vector<int64_t>& starts, int64_t length) const;
  Window window(const std::vector<Tokens>& lines, const std::vector<int64_t>& numbers) const;
  double held_out_sum(int64_t& count) const;

  const LanguageData& data_;
  Gpt& model_;
  int64_t batch_size_;
  uint64_t seed_;
  int64_t epoch_ = 0;
  std::vector<std::vector<int64_t>> batches_;  // line numbers
};

struct SamplingOptions {
  double temperature = 1;  // 0: the likeliest
  int64_t top_k = 0;       // only the k likeliest; 0: all
  double top_p = 1;        // only the likeliest that together reach this share
};
/// One token, drawn by softmax(logits / temperature) among those allowed.
/// Throws std::invalid_argument: temperature < 0, top_k < 0, top_p outside (0, 1].
int64_t sample_token(const std::vector<double>& logits, const SamplingOptions& options,
                     Generator& gen);
/// Says up to `count` tokens after `prompt` (one at least), each handed to `say`, which returns
/// whether to go on. Beyond the model's block it goes on from the last half of it.
void generate(const Gpt& model, const Tokens& prompt, int64_t count, const SamplingOptions& options,
              Generator& gen, const std::function<bool(int64_t token)>& say);

}  // namespace gradus
