// SPDX-License-Identifier: MIT
// Models of customers who leave, for the pages on series: weeks 4 and 5 decide.
#pragma once
#include "gradus/data/series_scale.h"
#include "gradus/data/toy_series.h"
#include "models/sequence_classifier.h"

namespace gradus::tools {

/// Trains a classifier of about 4,000 to 8,000 parameters on `set`, in f32.
SequenceClassifier churn_model(const SeriesSet& set, const SeriesScale& scale, SeriesModel kind,
                               int64_t steps, uint64_t seed);
/// Its AUC on another set.
double churn_auc(const SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale);
/// 3 of 0, 1, 2, ... as "week 4".
std::string week_name(size_t step);
/// The two steps with the largest absolute values, in order.
std::pair<size_t, size_t> two_largest(const std::vector<double>& x);

}  // namespace gradus::tools
