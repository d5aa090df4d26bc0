// SPDX-License-Identifier: MIT
// What a model of series must beat: logistic regression on a summary of each series.
// Next: models/sequence_classifier.h
#pragma once
#include "models/classify_task.h"

namespace gradus {

/// For each series and number the mean, deviation, smallest, largest, first and last value, after
/// scaling; for each category of a text the share of the steps in which it holds and, of at most
/// 20 categories, whether it holds at the last; and the logarithm of the series' length.
/// [N, 6 F + 1] where no feature is text.
Tensor series_summary(const SeriesSet& set, const SeriesScale& scale);

/// Multinomial logistic regression on standardised summaries of the training set, with a penalty
/// of 0.01 |w|^2 / 2 on the weights; fitted with Adam until its loss stands still. The figures are
/// those on `judged`.
ClassifyFigures logistic_regression(const SeriesSet& training, const SeriesSet& judged,
                                    const SeriesScale& scale);

}  // namespace gradus
