// SPDX-License-Identifier: MIT
// Subsets of a set of series: validation split, folds, selections.
// Next: data/series_scale.h
#pragma once
#include "gradus/base/random.h"
#include "gradus/data/series.h"

namespace gradus {

/// Moves a random part of the series out of `set` and returns it: a `fraction` of each class,
/// rounded, and at least one if the class has two or more. Throws std::invalid_argument unless
/// 0 < fraction < 1.
SeriesSet take_out(SeriesSet& set, double fraction, Generator& gen);

/// Assigns each series to one of `folds` folds at random. Fold sizes differ by at most one, in
/// total and within each class. Throws std::invalid_argument unless 2 <= folds <= size().
std::vector<int64_t> stratified_folds(const SeriesSet& set, int64_t folds, Generator& gen);
/// The chosen series, in order; `missing` counts only their empty cells.
SeriesSet chosen_series(const SeriesSet& set, const std::vector<bool>& chosen);

}  // namespace gradus
