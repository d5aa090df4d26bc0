// SPDX-License-Identifier: MIT
// What gradus says of a classifier: its figures, the confusion matrix as a table, predictions as
// CSV.
#pragma once
#include "models/tasks/classify_task.h"
#include "tools/app/train.h"
#include "tools/draw/explain.h"
#include "tools/tasks/series_schema.h"

namespace gradus::tools {

/// accuracy, macro_f1, auc, for two classes also f1, average_precision and brier of the second one,
/// which is named as "positive"; and the confusion matrix with the classes' names.
Json classify_figures(const ClassifyFigures& f, const std::vector<std::string>& classes);

/// "5 folds: accuracy 0.953 +- 0.012, AUC ...": means and deviations.
std::string folds_text(const Json& figures);

/// Which of the classes is the positive one: `wanted`, or "" for positive_class(). Throws
/// UsageError where `wanted` is none of them, or where there are not two.
size_t chosen_positive(const std::string& wanted, const std::vector<std::string>& classes,
                       const std::vector<int64_t>& class_counts);
/// "  the positive class is ..., the rarer one: ...", a line of a report on data.
std::string positive_text(const std::string& wanted, const std::vector<std::string>& classes);

/// A name (`first` stands above them), label and p_CLASS of each sample, as CSV; logits:
/// [N, classes].
std::string predictions_csv(const std::string& first, const std::vector<std::string>& ids,
                            const std::vector<std::string>& classes, const Tensor& logits,
                            std::optional<double> threshold = {});
/// The same of each series, by its id.
std::string predictions_csv(const SeriesSet& set, const Tensor& logits,
                            std::optional<double> threshold);
/// id, time, label and p_CLASS of each step of each series; logits: [steps, classes].
std::string step_predictions_csv(const SeriesSet& set, const Tensor& logits,
                                 std::optional<double> threshold);
/// The columns, values and times of a set, as an explanation shows them.
Explained explained_data(const SeriesSet& set, const ClassifySchema& schema);
/// The number of the class that is said.
int64_t said_class(std::span<const double> probabilities, std::optional<double> threshold);

}  // namespace gradus::tools
