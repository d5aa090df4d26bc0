// SPDX-License-Identifier: MIT
// Parts of a set of series: to validate on, folds, chosen ones.
// Next: data/series_scale.h
#pragma once
#include "gradus/base/random.h"
#include "gradus/data/series.h"

namespace gradus {

/// A part of the series, drawn by `gen`, taken out of `set` and returned: of each class `fraction`,
/// rounded, and at least one where the class has two or more. Throws std::invalid_argument unless
/// 0 < fraction < 1.
SeriesSet take_out(SeriesSet& set, double fraction, Generator& gen);

/// Which of `folds` parts each series belongs to, drawn by `gen`: parts are of equal size but for
/// one, and of each class but for one. Throws std::invalid_argument unless 2 <= folds <= size().
std::vector<int64_t> stratified_folds(const SeriesSet& set, int64_t folds, Generator& gen);
/// The series that are chosen, in their order; `missing` is theirs.
SeriesSet chosen_series(const SeriesSet& set, const std::vector<bool>& chosen);

}  // namespace gradus
