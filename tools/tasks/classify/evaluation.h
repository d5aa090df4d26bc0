// SPDX-License-Identifier: MIT
// How good a classifier of series is on some data, beside the simple models.
#pragma once
#include <optional>
#include <string>

#include "models/tasks/classify_task.h"

namespace gradus::tools {

/// What a model was judged on, and what it was made from.
struct JudgedOn {
  const SeriesSet& training;  // empty where only a new file is there
  const SeriesSet& on;
  const SeriesScale& scale;
  const std::vector<int64_t>& class_counts;  // of the training data
  std::string model;                         // as --model says it
  std::string where;                         // "test", "valid" or "train"
};
/// Its figures, those of the majority class and of logistic regression, winner and conclusion.
Json judged_figures(const ClassifyFigures& judged, const JudgedOn& d);

/// Accuracy and AUC by what is said after a quarter, half, ... of the steps of each series;
/// step_logits: [steps, classes].
Json figures_by_part(const Tensor& step_logits, const SeriesSet& on,
                     std::optional<double> threshold);

}  // namespace gradus::tools
