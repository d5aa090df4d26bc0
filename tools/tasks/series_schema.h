// SPDX-License-Identifier: MIT
// schema.json of a run on series: how to read other files in the same way as the training data.
#pragma once
#include "gradus/data/series_scale.h"
#include "gradus/io/json.h"
#include "models/tasks/series_baseline.h"

namespace gradus::tools {

struct ClassifySchema {
  SeriesColumns columns{};  // only id, time, label and drop
  SeriesSet like{};         // features, their kinds and the classes, without series
  std::vector<int64_t> class_counts{};
  SeriesScale scale{};
  int64_t longest = 0;                    // longest training series, for learned positions
  std::optional<double> threshold{};      // for the second of two classes, once it is known
  bool summary = false;                   // the network also reads a summary of each series
  std::optional<LogisticFit> logistic{};  // fitted to the training data, to compare a model with it

  Json json() const;
  /// Throws std::runtime_error, naming the run's schema.json, for null or an invalid schema. Keys
  /// that older runs lack may be missing.
  static ClassifySchema from(const Json& schema);
};

}  // namespace gradus::tools
