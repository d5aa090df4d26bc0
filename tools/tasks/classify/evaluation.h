// SPDX-License-Identifier: MIT
// The figures of a classifier of series on some data, compared with the simple models.
#pragma once
#include <optional>
#include <string>

#include "models/tasks/series_baseline.h"

namespace gradus::tools {

/// The data a model was evaluated on, and baselines from its training to compare it with.
struct EvaluatedOn {
  const std::optional<LogisticFit>& logistic;  // fitted to the training data; absent in older runs
  const SeriesSet& on;
  const SeriesScale& scale;
  const std::vector<int64_t>& class_counts;  // counts in the training data
  std::string model;                         // as in --model
  std::string where;                         // "test", "valid" or "train"
};
/// The model's figures, those of the majority class and of logistic regression, winner and
/// conclusion, which says if there is no logistic regression to compare with.
Json evaluation_figures(const ClassifyFigures& measured, const EvaluatedOn& d);

/// Accuracy and AUC of the predictions after a quarter, half, ... of the steps of each series;
/// step_logits: [steps, classes].
Json figures_by_part(const Tensor& step_logits, const SeriesSet& on,
                     std::optional<double> threshold);

}  // namespace gradus::tools
