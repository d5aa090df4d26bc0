// SPDX-License-Identifier: MIT
// schema.json of a run on series: what it must know to read other files as its training was read.
#pragma once
#include "gradus/data/series_scale.h"
#include "gradus/io/json.h"

namespace gradus::tools {

struct ClassifySchema {
  SeriesColumns columns{};  // id, time, label and drop alone
  SeriesSet like{};         // features, their kinds, and classes; no series
  std::vector<int64_t> class_counts{};
  SeriesScale scale{};
  int64_t longest = 0;                // series in the training data, for learned positions
  std::optional<double> threshold{};  // of the second of two classes, once it is known
  bool summary = false;               // a network that reads a summary of each series, too

  Json json() const;
  /// Throws std::runtime_error, naming the run's schema.json, for null and for what is none. Keys
  /// that older runs do not have may be missing.
  static ClassifySchema from(const Json& schema);
};

}  // namespace gradus::tools
