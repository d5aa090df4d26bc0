// SPDX-License-Identifier: MIT
// Series as tensors: scaled, gaps filled, padded.
// Next: data/series_report.h
#pragma once
#include <span>
#include <vector>

#include "gradus/data/series.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

/// What a model reads of each step beside the values.
struct SeriesExtras {
  enum class TimeGap { when_irregular, yes, no };
  TimeGap time_gap = TimeGap::when_irregular;  // log(1 + gap since the last step), 0 at the first
  bool missing_mask = false;  // for each feature with empty cells 1 where it was empty, else 0
};

/// What turns series into numbers for a model, learnt from the training set alone and stored with
/// the model: x = (value - mean) / deviation, time = (t - first) / gap. An empty cell takes the
/// last value of its series, else the feature's median; a constant feature becomes 0.
struct SeriesScale {
  std::vector<double> median, mean, deviation;  // [F] each, f64
  double first_time = 0;                        // the earliest
  double gap = 1;                               // the median time between two rows of one series
  bool time_gap = false;                        // its logarithm is one more feature
  std::vector<int64_t> masked{};                // features with a mask, behind all others
  int64_t width() const { return static_cast<int64_t>(mean.size() + masked.size()) + time_gap; }
};
/// Gaps are irregular where they differ by more than rounding.
SeriesScale series_scale(const SeriesSet& training, const SeriesExtras& extras = {});

/// A batch as a model takes it: rows of padding hold zeros.
struct SeriesBatch {
  Tensor values;  // [B, T, width], of default_dtype()
  Tensor times;   // [B, T], f64
  Tensor labels;  // [B], i64
  std::vector<int64_t> lengths;
};
/// Series number members[0], members[1], ... scaled and padded to the longest of them, or to
/// `min_length`.
SeriesBatch series_batch(const SeriesSet& set, const SeriesScale& scale,
                         std::span<const int64_t> members, int64_t min_length = 0);

}  // namespace gradus
