// SPDX-License-Identifier: MIT
// schema.json, figures, pictures and predictions of models of numbers.
#pragma once
#include "tools/app/answers.h"
#include "tools/tasks/regress/folds.h"
#include "tools/tasks/series_schema.h"

namespace gradus::tools {

/// The schema of series with the targets.
struct RegressSchema {
  ClassifySchema series{};
  TargetScale target{};
  Tensor constant{};                // constant_outputs() of the training data
  std::optional<RidgeFit> ridge{};  // fitted to the training data, to compare a model with it

  Json json() const;
  /// Throws std::runtime_error, naming schema.json, for an invalid schema.
  static RegressSchema from(const Json& schema);
};

/// rmse, mae, r2, mean_rmse, ridge_rmse, coverage and interval_width: an object with a value for
/// each target. "mean" is the constant prediction.
Json regress_json(const Compared& c, const std::vector<std::string>& targets,
                  const RegressOptions& options);

/// "target price: 4.5 to 90, mean 22.5, deviation 9.2", a line for each target.
std::string targets_text(const SeriesSet& set);

/// For each series its id and the predicted number of each target; of quantiles price_q0.1, ...
std::string numbers_csv(const SeriesSet& set, const RegressTask& task);

/// Predictions against true values, and the series with the largest errors.
Answers number_answers(const RegressTask& task);

}  // namespace gradus::tools
