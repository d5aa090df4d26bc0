// SPDX-License-Identifier: MIT
// Reports on a classifier of series: folds, and predictions as CSV.
#pragma once
#include "tools/tasks/class_report.h"
#include "tools/tasks/classify/cross_validation.h"

namespace gradus::tools {

/// "5 folds: accuracy 0.953 +- 0.012, AUC ...": means and standard deviations.
std::string folds_text(const Json& figures);

/// The number of epochs that a search has found, if requested (`find`), and the folds.
std::string found_text(const EpochSearch& e, const Json& found, bool find);

/// "  f1, average precision and brier are about ...", a line of the report on the data.
std::string positive_text(const std::string& wanted, const std::vector<std::string>& classes);

/// id, label and p_CLASS of each series, as CSV.
std::string predictions_csv(const SeriesSet& set, const Tensor& logits,
                            std::optional<double> threshold);
/// id, time, label and p_CLASS of each step of each series; logits: [steps, classes].
std::string step_predictions_csv(const SeriesSet& set, const Tensor& logits,
                                 std::optional<double> threshold);

}  // namespace gradus::tools
