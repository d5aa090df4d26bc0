// SPDX-License-Identifier: MIT
// How far a gradient reaches back in untrained models of series.
#pragma once
#include <optional>
#include <vector>

#include "models/series_encoder.h"

namespace gradus::tools {

struct ReachOptions {
  SeriesModel model = SeriesModel::transformer;  // one layer; a TCN as many as the length needs
  int64_t longest = 200, width = 64, samples = 8;
  /// Of an LSTM: the sum of the two biases of its forget gates; absent: random, near 0.
  std::optional<double> forget_bias{};
};

/// |d (u . y_T) / d x_{T-d}| for d = 0 .. longest, with a random unit vector u in the space of the
/// last output; the median over `samples` random series. In f64: in f32 the smallest would be 0.
std::vector<double> gradient_reach(const ReachOptions& options, uint64_t seed);

}  // namespace gradus::tools
