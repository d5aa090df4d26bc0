// SPDX-License-Identifier: MIT
// Values that stand far from all others, or from all that training has seen.
// Next: data/series_report.h
#pragma once
#include "gradus/data/series_scale.h"

namespace gradus {

/// A sentence for each feature of a training set with values that look like marks of missing ones:
/// the smallest or largest of them, where it is written in nines (-999, 9999) and lies 20 times as
/// far from the median as the middle half of the values is wide, or any 1,000 times as far.
std::vector<std::string> outlier_notes(const SeriesSet& set);

/// Numbers that lie outside of the training data's range, by more than three times its width.
struct FarValues {
  int64_t count = 0;
  std::vector<std::string> notes{};  // a sentence for each feature, with lines
};
/// None where the scale does not know the range: it is of an older run. Times count, too.
FarValues far_values(const SeriesSet& set, const SeriesScale& scale);

}  // namespace gradus
