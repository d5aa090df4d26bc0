// SPDX-License-Identifier: MIT
// Series as tensors: scaled, gaps filled, padded.
// Next: data/series_range.h
#pragma once
#include <cmath>
#include <span>
#include <vector>

#include "gradus/data/series_parts.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

/// What a model reads of each step beside the values.
struct SeriesExtras {
  enum class TimeGap { when_irregular, yes, no };
  TimeGap time_gap = TimeGap::when_irregular;  // log(1 + gap since the last step), 0 at the first
  bool missing_mask = false;  // for each feature with empty cells 1 where it was empty, else 0
};

/// A feature of text, as a model reads it.
struct TextScale {
  int64_t feature = 0;
  std::vector<bool> seen{};  // by category: whether it occurs in the series that were trained on
  bool embedded = false;     // one column with the number of a category, for an embedding; else a
                             // column for each category, 1 where it holds
};
/// More categories than these are embedded.
inline constexpr int64_t most_columns = 20;

/// What turns series into numbers for a model, learnt from the training set alone and stored with
/// the model: x = (value - mean) / deviation, time = (t - first) / gap. An empty cell takes the
/// last value of its series, else the feature's median, or no category; a constant feature
/// becomes 0. Columns of a batch: numbers and dates, the time gap, masks, a 0 or 1 for each
/// category of a text, and last the numbers of embedded categories, from 1; 0 is none of them.
struct SeriesScale {
  std::vector<double> median, mean, deviation;  // [F] each, f64; of a text -1, 0 and 1
  double first_time = 0;                        // the earliest
  double gap = 1;                               // the median time between two rows of one series
  bool time_gap = false;                        // its logarithm is one more column
  std::vector<int64_t> masked{};                // features with a mask
  std::vector<TextScale> texts{};
  /// The smallest and largest value of each feature, and of times; empty where they are not known.
  std::vector<double> low{}, high{};
  double low_time = -INFINITY, high_time = INFINITY;

  /// Columns of a batch.
  int64_t width() const;
  /// The features that are no texts, in their order: the first columns.
  std::vector<int64_t> numbers() const;
  /// The categories of each embedded text: the last columns.
  std::vector<int64_t> embedded() const;
  const TextScale* text(int64_t feature) const;  // or null
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
/// `min_length`. Throws std::runtime_error, with series and feature, for a value that is no number
/// of f32 after scaling.
SeriesBatch series_batch(const SeriesSet& set, const SeriesScale& scale,
                         std::span<const int64_t> members, int64_t min_length = 0);

}  // namespace gradus
