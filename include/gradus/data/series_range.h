// SPDX-License-Identifier: MIT
// Values far from all others, or far outside the range seen in training.
// Next: data/series_report.h
#pragma once
#include "gradus/data/series_scale.h"

namespace gradus {

/// One sentence for each feature of a training set whose smallest or largest value looks like a
/// missing-value marker: it consists of nines (-999, 9999) and is more than 20 interquartile ranges
/// from the median, or it is any value more than 1,000 interquartile ranges away.
std::vector<std::string> outlier_notes(const SeriesSet& set);

/// Numbers outside the range of the training data by more than three times its width.
struct FarValues {
  int64_t count = 0;
  std::vector<std::string> notes{};  // a sentence per feature, with line numbers
};
/// None if the scale has no range because it is from an older run. Includes times.
FarValues far_values(const SeriesSet& set, const SeriesScale& scale);

}  // namespace gradus
