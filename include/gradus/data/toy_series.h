// SPDX-License-Identifier: MIT
// Synthetic series with a known cause, to compare a model's explanations with the truth.
// Next: data/added_words.h
#pragma once
#include "gradus/data/series.h"

namespace gradus {

struct ChurnOptions {
  int64_t customers = 600;
  int64_t weeks = 8, min_weeks = 6;  // every customer has at least week 5
  double noise = 0.05;               // the fraction of flipped labels
  bool confounded = false;
  uint64_t seed = 0;
};

/// Weekly records of customers: satisfaction (0 to 1), turn_count, emotion_score (-1 to 1) and
/// personalized (0 or 1), times 1, 2, ... The label, 1 for churn, depends on the mean satisfaction
/// of weeks 4 and 5, which is low or high; the other weeks carry no information. A personalized
/// week raises that week's satisfaction.
/// confounded: the type of customer decides the label and shows equally in weeks 1, 2, 4 and 5, so
/// a model may use any of them and lose nothing by ignoring the others.
/// Throws std::invalid_argument: no customers, fewer than 5 weeks, noise outside 0..0.5.
SeriesSet churn_series(const ChurnOptions& options);

/// A long table: id, time, the features, and `label` as the last column.
std::string series_csv(const SeriesSet& set, const std::string& label = "label");

}  // namespace gradus
