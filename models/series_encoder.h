// SPDX-License-Identifier: MIT
// From a series of measurements to a vector for each step, by one of several kinds of model.
// Next: models/sequence_classifier.h
#pragma once
#include <optional>

#include "gradus/nn/conv.h"
#include "gradus/nn/position.h"
#include "gradus/nn/recurrent.h"
#include "gradus/nn/transformer.h"

namespace gradus {

enum class SeriesModel { transformer, gru, lstm, rnn, tcn, mlp };
/// How a transformer knows when a step was: its real time, its number, a learned vector for each
/// number, a code of time with learned frequencies, or not at all.
enum class SeriesPosition { time, step, learned, learned_time, none };

struct SeriesEncoderOptions {
  int64_t features = 0;
  SeriesModel model = SeriesModel::transformer;
  int64_t d_model = 64, nhead = 4, layers = 2, dim_feedforward = 128;
  double dropout = 0.1;
  bool norm_first = true;
  Activation activation = Activation::gelu;
  SeriesPosition position = SeriesPosition::time;
  int64_t max_len = 512;       // of learned positions
  bool input_norm = false;     // a LayerNorm behind the transformer's projection
  bool causal = false;         // step t sees no later one; recurrent models and the TCN never do
  bool bidirectional = false;  // recurrent models: half of the width each way
};

/// What count() of the model will be; a double, since it is asked before anything is allocated.
double parameter_count(const SeriesEncoderOptions& options);

/// The fewest layers with which a TCN's last step sees so many steps: 1 + 4 (2^layers - 1) do.
int64_t tcn_layers(int64_t steps);

/// transformer   projection (and norm) + position, dropout, encoder
/// gru lstm rnn  recurrent layers of width d_model on the features themselves
/// tcn           `layers` blocks of d_model channels, kernel 3
/// mlp           each step by itself: two linear layers with GELU
///   values: [B, T, F], times: [B, T] (a usual gap is about 1), lengths: B -> y: [B, T, d_model]
/// Steps from lengths[b] on change none of the others.
/// Keys: projection.*, norm.*, position.*, encoder.* / rnn.* / tcn.* / mlp.*.
struct SeriesEncoder : Module {
  explicit SeriesEncoder(SeriesEncoderOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& values, const Tensor& times,
                    const std::vector<int64_t>& lengths) const;
  void visit(Visitor& v) override;
  SeriesEncoder clone() const;
  bool recurrent() const {
    return options.model == SeriesModel::gru || options.model == SeriesModel::lstm ||
           options.model == SeriesModel::rnn;
  }

  SeriesEncoderOptions options;
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
