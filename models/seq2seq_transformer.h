// SPDX-License-Identifier: MIT
// Encoder-decoder transformer from tokens to tokens: the model of Vaswani et al. 2017.
// Next: models/sequence_classifier.h
#pragma once
#include "gradus/data/batch.h"
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"

namespace gradus {

struct Seq2SeqOptions {
  int64_t source_vocab = 0, target_vocab = 0;
  int64_t d_model = 64, nhead = 4, layers = 2, dim_feedforward = 128;
  double dropout = 0.1;
  bool norm_first = true;
  Activation activation = Activation::relu;
  int64_t padding = 0, start = 1, end = 2;  // token ids
  int64_t max_len = 512;
};

/// What count() of the model will be; a double, since it is asked before anything is allocated.
double parameter_count(const Seq2SeqOptions& options);

/// A batch for teacher forcing: the decoder reads start + target and should say target + end.
struct Seq2SeqBatch {
  TokenBatch source, input, output;  // padded; input and output of equal lengths
};
Seq2SeqBatch seq2seq_batch(const Seq2SeqOptions& options,
                           std::span<const std::vector<int64_t>> sources,
                           std::span<const std::vector<int64_t>> targets);

/// Embeddings times sqrt(d_model), plus sinusoidal positions; transformer; a linear layer to
/// logits. Padding is hidden everywhere, the future is hidden from the decoder.
/// Keys: source_embedding.*, target_embedding.*, transformer.*, generator.*.
struct Seq2SeqTransformer : Module {
  explicit Seq2SeqTransformer(Seq2SeqOptions options, Generator& gen = default_generator());

  /// [B, S] ids -> memory [B, S, C].
  Tensor encode(const TokenBatch& source) const;
  /// [B, T] ids -> logits [B, T, V] for the token after each.
  Tensor decode(const Tensor& input, const Tensor& memory, const TokenBatch& source) const;
  Tensor operator()(const Seq2SeqBatch& batch) const {
    return decode(batch.input.ids, encode(batch.source), batch.source);
  }
  /// Mean cross-entropy over the tokens of batch.output that are no padding, in nats.
  Tensor loss(const Seq2SeqBatch& batch) const { return loss_of((*this)(batch), batch); }
  Tensor loss_of(const Tensor& logits, const Seq2SeqBatch& batch) const;
  /// The likeliest next token again and again, until the end token (not returned) or max_steps.
  std::vector<std::vector<int64_t>> greedy(const TokenBatch& source, int64_t max_steps) const;

  void visit(Visitor& v) override;
  Seq2SeqTransformer clone() const;

  Seq2SeqOptions options;
  Embedding source_embedding, target_embedding;
  SinusoidalPosition position;
  Dropout dropout;
  Transformer transformer;
  Linear generator;

 private:
  Tensor embed(const Embedding& table, const Tensor& ids) const;
};

}  // namespace gradus
