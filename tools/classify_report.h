// SPDX-License-Identifier: MIT
// What gradus says of a classifier: its figures, the confusion matrix as a table, predictions as
// CSV, and schema.json.
#pragma once
#include "models/classify_task.h"
#include "tools/train.h"

namespace gradus::tools {

/// accuracy, macro_f1, auc, for two classes also f1, average_precision, brier; and the confusion
/// matrix with the classes' names.
Json classify_figures(const ClassifyFigures& f, const std::vector<std::string>& classes);

/// A row for each true class, a column for each one that was said.
std::string confusion_table(const Json& figures);

/// What a run must know to take other files.
struct ClassifySchema {
  SeriesColumns columns{};
  bool plain = false;
  std::vector<std::string> features, classes;
  std::vector<int64_t> class_counts;
  SeriesScale scale{};
  int64_t longest = 0;  // series in the training data, for learned positions

  Json json() const;
  static ClassifySchema from(const Json& schema);
};

/// id, label and p_CLASS of each series, as CSV; probabilities: [N, classes].
std::string predictions_csv(const SeriesSet& set, const Tensor& probabilities);

}  // namespace gradus::tools
