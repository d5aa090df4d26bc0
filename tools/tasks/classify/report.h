// SPDX-License-Identifier: MIT
// Reports on a classifier: its figures, the confusion matrix as a table, predictions as CSV.
#pragma once
#include "models/tasks/classify_task.h"
#include "tools/app/train.h"
#include "tools/draw/explain.h"
#include "tools/tasks/series_schema.h"

namespace gradus::tools {

/// accuracy, macro_f1, auc and the confusion matrix with the names of the classes; for two classes
/// also f1, average_precision and brier of the second one, which is named as "positive".
Json classify_figures(const ClassifyFigures& f, const std::vector<std::string>& classes);

/// "5 folds: accuracy 0.953 +- 0.012, AUC ...": means and standard deviations.
std::string folds_text(const Json& figures);

/// The index of the positive class: `wanted`, or positive_class() if it is "". Throws UsageError if
/// `wanted` is not a class, or if there are not two classes.
size_t chosen_positive(const std::string& wanted, const std::vector<std::string>& classes,
                       const std::vector<int64_t>& class_counts);
/// "  f1, average precision and brier are about ...", a line of the report on the data.
std::string positive_text(const std::string& wanted, const std::vector<std::string>& classes);

/// An identifier (headed `first`), the label and p_CLASS of each sample, as CSV; logits:
/// [N, classes].
std::string predictions_csv(const std::string& first, const std::vector<std::string>& ids,
                            const std::vector<std::string>& classes, const Tensor& logits,
                            std::optional<double> threshold = {});
/// The same for each series, with its id.
std::string predictions_csv(const SeriesSet& set, const Tensor& logits,
                            std::optional<double> threshold);
/// id, time, label and p_CLASS of each step of each series; logits: [steps, classes].
std::string step_predictions_csv(const SeriesSet& set, const Tensor& logits,
                                 std::optional<double> threshold);
/// The columns, values and times of a set, in the form that explanations show.
Explained explained_data(const SeriesSet& set, const ClassifySchema& schema);
/// The index of the predicted class.
int64_t predicted_class(std::span<const double> probabilities, std::optional<double> threshold);

}  // namespace gradus::tools
