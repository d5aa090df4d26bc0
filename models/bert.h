// SPDX-License-Identifier: MIT
// BERT: a bidirectional transformer encoder, with a head that predicts masked tokens.
// Next: models/tasks/mlm_task.h
#pragma once
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"

namespace gradus {

struct BertOptions {
  int64_t vocab = 0;
  int64_t block = 128;  // the longest sequence, with its special tokens
  int64_t d_model = 128, nhead = 4, layers = 4;
  int64_t dim_feedforward = 0;  // 0: 4 d_model
  double dropout = 0.1;
  double layer_norm_eps = 1e-12;
  Activation activation = Activation::gelu;  // of the feed-forwards and of the masked-token head
  int64_t segments = 0;                      // kinds of token_type_ids; 0: none
  bool pooler = false;
  int64_t feed_forward() const { return dim_feedforward ? dim_feedforward : 4 * d_model; }
};

/// LayerNorm(word + position + segment), dropout, post-norm layers:
///   ids: [B, T], lengths: B, segments: [B, T] or none -> y: [B, T, C];  T <= block.
/// Tokens from lengths[b] on do not change results at earlier places; without lengths all tokens
/// count. Without `segments` all tokens belong to segment 0. Initial values: matrices and tables
/// normal with deviation 0.02 sqrt(768 / C), biases zero.
/// Keys as in Hugging Face, except within layers: embeddings.word_embeddings.weight [V, C],
/// embeddings.position_embeddings.weight [block, C], embeddings.token_type_embeddings.weight,
/// embeddings.LayerNorm.*, encoder.layer.0.* (TransformerEncoderLayer), ..., pooler.dense.*.
/// Source: Devlin, Chang, Lee, Toutanova 2019.
struct Bert : Module {
  explicit Bert(BertOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& ids, const std::vector<int64_t>& lengths = {},
                    const Tensor& segments = {}) const;
  /// tanh(dense(y at the first token)): [B, C]. Throws std::invalid_argument without a pooler.
  Tensor pooled(const Tensor& y) const;
  void visit(Visitor& v) override;
  Bert clone() const;

  BertOptions options;
  Embedding word_embeddings;
  LearnedPosition position_embeddings;
  std::optional<Embedding> token_type_embeddings;
  LayerNorm norm;
  Dropout dropout;
  std::vector<TransformerEncoderLayer> layers;
  std::optional<Linear> pooler;

 private:
  Tensor embed(const Tensor& ids, const Tensor& segments) const;
};

/// An encoder with a head that predicts the token at each place:
///   logits = LayerNorm(f(dense(y))) W^T + bias,  W: the embedding's weight, f: options.activation.
/// Keys: bert.*, cls.predictions.bias [V], cls.predictions.transform.dense.*,
/// cls.predictions.transform.LayerNorm.*; the decoder's weight is bert's word_embeddings.weight.
struct BertForMaskedLM : Module {
  explicit BertForMaskedLM(BertOptions options, Generator& gen = default_generator());
  /// Logits [B, T, V] at all places.
  Tensor operator()(const Tensor& ids, const std::vector<int64_t>& lengths = {}) const;
  /// Logits [N, V] at the given places, as indices into the flattened batch [B * T]; other places
  /// are not computed.
  Tensor at_places(const Tensor& ids, const std::vector<int64_t>& lengths,
                   const std::vector<int64_t>& places) const;
  void visit(Visitor& v) override;
  BertForMaskedLM clone() const;

  Bert bert;
  Linear dense;
  LayerNorm norm;
  Tensor bias;

 private:
  Tensor predictions(const Tensor& y) const;
};

/// How the vectors of the tokens become one: their mean, or tanh(dense) of the first, [CLS].
enum class TextPooling { mean, first };

struct TextClassifierOptions {
  BertOptions bert{};
  int64_t classes = 0;
  TextPooling pooling = TextPooling::mean;
};

/// An encoder, pooling over the tokens, dropout, a linear layer: ids [B, T] -> logits [B, classes].
/// Keys: bert.*, classifier.*; those of bert match BertForMaskedLM, so its weights can be loaded.
struct TextClassifier : Module {
  explicit TextClassifier(TextClassifierOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& ids, const std::vector<int64_t>& lengths) const;
  void visit(Visitor& v) override;
  TextClassifier clone() const;

  TextClassifierOptions options;
  Bert bert;
  Dropout dropout;
  Linear classifier;
};

}  // namespace gradus
