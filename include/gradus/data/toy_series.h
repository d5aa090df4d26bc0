// SPDX-License-Identifier: MIT
// Series made up with a known cause, so that what a model is said to look at can be held against
// the truth.
// Next: data/added_words.h
#pragma once
#include "gradus/data/series.h"

namespace gradus {

struct ChurnOptions {
  int64_t customers = 600;
  int64_t weeks = 8, min_weeks = 6;  // every customer has at least week 5
  double noise = 0.05;               // the share of labels turned round
  bool confounded = false;
  uint64_t seed = 0;
};

/// Weekly records of customers: satisfaction (0 to 1), turn_count, emotion_score (-1 to 1) and
/// personalized (0 or 1), times 1, 2, ... The label, 1 for churn, is decided by the satisfaction of
/// weeks 4 and 5, which is low or high on average; the other weeks say nothing. A personalized
/// week lifts that week's satisfaction.
/// confounded: what kind of customer it is decides the label, and shows in weeks 1, 2, 4 and 5
/// alike; then a model may look at any of them, and each of these signs can be missed without loss.
/// Throws std::invalid_argument: no customers, fewer than 5 weeks, noise outside of 0..0.5.
SeriesSet churn_series(const ChurnOptions& options);

/// A long table: id, time, the features, and `label` as the last column.
std::string series_csv(const SeriesSet& set, const std::string& label = "label");

}  // namespace gradus
