// SPDX-License-Identifier: MIT
// A model that predicts, at each step of a series, the features of the next step.
// Next: models/tasks/forecast_task.h
#pragma once
#include "models/series_encoder.h"

namespace gradus {

struct SeriesForecasterOptions {
  SeriesEncoderOptions encoder{};
  int64_t outputs = 0;  // number of forecast features
};

/// head(encoder(x)) + skip(x): with the skip the model can repeat the current value from the start
/// of training; it is initialised to 0, as is the bias of the head. Without a network the skip is
/// the whole model: 0 predicts the mean, as_last_value() the current value.
///   values: [B, T, F], times: [B, T] (a usual gap is about 1), lengths: B -> y: [B, T, outputs]
/// y[b, t] depends only on steps 0 .. t. Throws std::invalid_argument for an encoder that sees
/// later steps: a transformer that is not causal, or a bidirectional one.
/// Keys: those of the encoder, head.*, skip.weight.
struct SeriesForecaster : Module {
  explicit SeriesForecaster(SeriesForecasterOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& values, const Tensor& times,
                    const std::vector<int64_t>& lengths) const;
  void visit(Visitor& v) override;
  SeriesForecaster clone() const;
  /// Sets skip(x) to the first columns of x, the forecast ones.
  void as_last_value();

  SeriesForecasterOptions options;
  SeriesEncoder encoder;
  Linear head, skip;
};

}  // namespace gradus
