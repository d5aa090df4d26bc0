// SPDX-License-Identifier: MIT
// Encoder of series: a vector for each step, by one of several kinds of model.
// Next: models/sequence_classifier.h
#pragma once
#include <optional>

#include "gradus/nn/conv.h"
#include "gradus/nn/position.h"
#include "gradus/nn/recurrent.h"
#include "gradus/nn/transformer.h"

namespace gradus {

/// The last two are not networks: they read a summary of the whole series (sequence_classifier.h).
enum class SeriesModel { transformer, gru, lstm, rnn, tcn, mlp, logistic, majority };
/// Whether the model is a network, which encodes each step.
constexpr bool is_network(SeriesModel m) {
  return m != SeriesModel::logistic && m != SeriesModel::majority;
}
/// The position encoding of a transformer: sinusoidal in real time, sinusoidal in the step number,
/// a learned vector for each step number, a time code with learned frequencies, or none.
enum class SeriesPosition { time, step, learned, learned_time, none };

struct SeriesEncoderOptions {
  int64_t features = 0;  // columns of a batch
  /// The last columns hold category ids from 0 (none) to embedded[i], which are embedded.
  std::vector<int64_t> embedded{};
  SeriesModel model = SeriesModel::transformer;
  int64_t d_model = 64, nhead = 4, layers = 2, dim_feedforward = 128;
  double dropout = 0.1;
  bool norm_first = true;
  Activation activation = Activation::gelu;
  SeriesPosition position = SeriesPosition::time;
  int64_t max_len = 512;       // of learned positions
  bool input_norm = false;     // LayerNorm after the transformer's projection
  bool causal = false;         // no step sees a later one; recurrent models and the TCN never do
  bool bidirectional = false;  // recurrent models: both directions, half of the width each
};

/// The width of an embedding of `categories`: the root of their number, from 4 to 32.
int64_t embedding_width(int64_t categories);
/// The width of the model's input: the columns of a batch, with embedded ones replaced by vectors.
int64_t read_width(const SeriesEncoderOptions& options);

/// The fewest layers with which the last step of a TCN sees `steps` steps, 1 + 4 (2^layers - 1).
int64_t tcn_layers(int64_t steps);

/// transformer   projection (and norm) + position, dropout, encoder
/// gru lstm rnn  recurrent layers of width d_model on the features themselves
/// tcn           `layers` blocks of d_model channels, kernel 3
/// mlp           each step on its own: two linear layers with GELU
/// logistic, majority  no step vectors; a call throws std::invalid_argument
///   values: [B, T, F], times: [B, T] (a usual gap is about 1), lengths: B -> y: [B, T, d_model]
/// Steps from lengths[b] on do not change earlier ones.
/// Keys: categories.N.weight [categories + 1, width], projection.*, norm.*, position.*,
/// encoder.* / rnn.* / tcn.* / mlp.*.
struct SeriesEncoder : Module {
  explicit SeriesEncoder(SeriesEncoderOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& values, const Tensor& times,
                    const std::vector<int64_t>& lengths) const;
  /// The model's input: [B, T, F] -> [B, T, read_width()], with vectors for embedded columns. For
  /// such a column, gradient times value equals the dot product of the vector and its gradient.
  /// Throws std::invalid_argument for an unknown category id.
  Tensor read(const Tensor& values) const;
  void visit(Visitor& v) override;
  SeriesEncoder clone() const;
  bool recurrent() const {
    return options.model == SeriesModel::gru || options.model == SeriesModel::lstm ||
           options.model == SeriesModel::rnn;
  }

  SeriesEncoderOptions options;
  std::vector<Embedding> categories;
  Dropout dropout;
  std::optional<Linear> projection;
  std::optional<LayerNorm> norm;
  std::optional<LearnedPosition> learned;
  std::optional<LearnedTime> learned_time;
  std::optional<TransformerEncoder> encoder;
  std::optional<AnyRecurrent> rnn;
  std::optional<TCN> tcn;
  std::optional<FeedForward> mlp;

 private:
  void make_transformer(Generator& gen);
  Tensor transformed(const Tensor& values, const Tensor& times,
                     const std::vector<int64_t>& lengths) const;
};

}  // namespace gradus
