// SPDX-License-Identifier: MIT
// Converts series to tensors: scales, fills gaps, pads.
// Next: data/series_range.h
#pragma once
#include <cmath>
#include <span>
#include <vector>

#include "gradus/data/series_parts.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

/// Additional model inputs for each step.
struct SeriesExtras {
  enum class TimeGap { when_irregular, yes, no };
  TimeGap time_gap = TimeGap::when_irregular;  // log(1 + gap since the last step), 0 at the first
  bool missing_mask = false;  // for each feature with empty cells: 1 if empty, else 0
};

/// The encoding of a text feature as model input.
struct TextScale {
  int64_t feature = 0;
  std::vector<bool> seen{};  // by category: whether it occurs in the training series
  bool embedded = false;     // one column with the category index, for an embedding; else one-hot:
                             // a column for each category
};
/// Text features with more categories than this are embedded.
inline constexpr int64_t most_columns = 20;

/// The scaling of model inputs, computed from the training set alone and stored with the model:
/// x = (value - mean) / deviation, time = (t - first) / gap. An empty cell takes the previous value
/// of its series, else the feature's median, or no category; a constant feature becomes 0. Columns
/// of a batch: numbers and dates, the time gap, masks, one-hot categories of texts, and last the
/// indices of embedded categories, counted from 1; 0 means no known category.
struct SeriesScale {
  std::vector<double> median, mean, deviation;  // [F] each, f64; -1, 0 and 1 for a text
  double first_time = 0;                        // the earliest
  double gap = 1;                               // the median time between two rows of one series
  bool time_gap = false;                        // whether its logarithm is an additional column
  std::vector<int64_t> masked{};                // features with a mask
  std::vector<TextScale> texts{};
  /// The smallest and largest value of each feature, and of times; empty if unknown.
  std::vector<double> low{}, high{};
  double low_time = -INFINITY, high_time = INFINITY;

  /// The number of columns of a batch.
  int64_t width() const;
  /// The features that are not texts, in order: the first columns.
  std::vector<int64_t> numbers() const;
  /// The categories of each embedded text: the last columns.
  std::vector<int64_t> embedded() const;
  const TextScale* text(int64_t feature) const;  // or null
};
/// Computes the scaling. Gaps are irregular if they differ by more than rounding.
SeriesScale series_scale(const SeriesSet& training, const SeriesExtras& extras = {});

/// A batch of model inputs; padding rows are zeros.
struct SeriesBatch {
  Tensor values;  // [B, T, width], of default_dtype()
  Tensor times;   // [B, T], f64
  Tensor labels;  // [B], i64
  std::vector<int64_t> lengths;
};
/// Series members[0], members[1], ..., scaled and padded to the longest of them, or to
/// `min_length`. Throws std::runtime_error, with series and feature, for a value that is not finite
/// in f32 after scaling.
SeriesBatch series_batch(const SeriesSet& set, const SeriesScale& scale,
                         std::span<const int64_t> members, int64_t min_length = 0);

}  // namespace gradus
