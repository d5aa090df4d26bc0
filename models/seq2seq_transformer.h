// SPDX-License-Identifier: MIT
// Encoder-decoder transformer: the model of Vaswani et al. 2017.
// Next: models/sequence_classifier.h
#pragma once
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"
#include "models/seq2seq.h"

namespace gradus {

/// Which tables share weights: none; the decoder's embedding and the output layer; or these and the
/// encoder's embedding, for one vocabulary of both languages. Source: Press, Wolf 2017.
enum class TiedEmbeddings { none, target, all };

struct Seq2SeqOptions {
  int64_t source_vocab = 0, target_vocab = 0;
  int64_t d_model = 64, nhead = 4, layers = 2, dim_feedforward = 128;
  double dropout = 0.1;
  bool norm_first = true;
  Activation activation = Activation::relu;
  SpecialTokens special{};
  int64_t max_len = 512;
  TiedEmbeddings tied = TiedEmbeddings::none;
};

/// Embeddings times sqrt(d_model), plus sinusoidal positions; transformer; a linear layer to
/// logits. Padding is masked everywhere, and the decoder's attention to itself is causal.
/// Keys: source_embedding.*, target_embedding.*, transformer.*, generator.*; a shared table appears
/// under each of its names.
/// Throws std::invalid_argument if all tables are shared and the vocabularies differ in size.
struct Seq2SeqTransformer : Seq2SeqModel {
  explicit Seq2SeqTransformer(Seq2SeqOptions options, Generator& gen = default_generator());

  /// [B, S] ids -> memory [B, S, C].
  Tensor encode(const TokenBatch& source) const;
  /// [B, T] ids -> logits [B, T, V] for the token after each.
  Tensor decode(const Tensor& input, const Tensor& memory, const TokenBatch& source) const;
  Tensor operator()(const Seq2SeqBatch& batch) const override {
    return decode(batch.input.ids, encode(batch.source), batch.source);
  }
  std::unique_ptr<Decoder> decoder(const TokenBatch& source) const override;
  int64_t target_vocab() const override { return options.target_vocab; }
  SpecialTokens special() const override { return options.special; }
  void visit(Visitor& v) override;
  Seq2SeqTransformer clone() const;

  Seq2SeqOptions options;
  Embedding source_embedding, target_embedding;
  SinusoidalPosition position;
  Dropout dropout;
  Transformer transformer;
  Linear generator;

 private:
  class Decoding;
  Tensor embed(const Embedding& table, const Tensor& ids, int64_t first = 0) const;
};

}  // namespace gradus
