// SPDX-License-Identifier: MIT
// A model that says, at each step of a series, what the features will be at the next one.
// Next: models/tasks/forecast_task.h
#pragma once
#include "models/series_encoder.h"

namespace gradus {

struct SeriesForecasterOptions {
  SeriesEncoderOptions encoder{};
  int64_t outputs = 0;  // features that are forecast
};

/// What count() of the model will be; a double, since it is asked before anything is allocated.
double parameter_count(const SeriesForecasterOptions& options);

/// head(encoder(x)) + skip(x): the skip lets it say "as now" from the first steps of training on;
/// its first values are 0, those of the head's bias too. Where the encoder is no network the skip
/// is all there is: 0 says the mean, as_last_value() the value of now.
///   values: [B, T, F], times: [B, T] (a usual gap is about 1), lengths: B -> y: [B, T, outputs]
/// y[b, t] knows the steps 0 .. t alone. Throws std::invalid_argument for an encoder that sees
/// later steps: a transformer that is not causal, a bidirectional one.
/// Keys: those of the encoder, head.*, skip.weight.
struct SeriesForecaster : Module {
  explicit SeriesForecaster(SeriesForecasterOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& values, const Tensor& times,
                    const std::vector<int64_t>& lengths) const;
  void visit(Visitor& v) override;
  SeriesForecaster clone() const;
  /// skip(x) = the first columns of x: those that are forecast.
  void as_last_value();

  SeriesForecasterOptions options;
  SeriesEncoder encoder;
  Linear head, skip;
};

}  // namespace gradus
