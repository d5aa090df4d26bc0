// SPDX-License-Identifier: MIT
// Reports on classifiers of series and of texts: figures, answers, and predictions as CSV.
#pragma once
#include <functional>
#include <span>

#include "models/tasks/classify_task.h"
#include "tools/app/answers.h"

namespace gradus::tools {

/// accuracy, macro_f1, auc and the confusion matrix with the names of the classes; for two classes
/// also f1, average_precision and brier of the second one, which is named as "positive".
Json classify_figures(const ClassifyFigures& f, const std::vector<std::string>& classes);

/// The index of the positive class: `wanted`, or positive_class() if it is "". Throws UsageError if
/// `wanted` is not a class, or if there are not two classes.
size_t chosen_positive(const std::string& wanted, const std::vector<std::string>& classes,
                       const std::vector<int64_t>& class_counts);
/// The index of the predicted class.
int64_t predicted_class(std::span<const double> probabilities, std::optional<double> threshold);

/// "id,label" (`before`) and the columns p_CLASS: the first line of predictions as CSV.
std::string csv_header(const char* before, const std::vector<std::string>& classes);
/// "label,p,p": the predicted class and all probabilities.
std::string csv_answer(const std::vector<std::string>& classes, std::span<const double> p,
                       std::optional<double> threshold);
/// An identifier (headed `first`), the label and p_CLASS of each sample, as CSV; logits:
/// [N, classes].
std::string predictions_csv(const std::string& first, const std::vector<std::string>& ids,
                            const std::vector<std::string>& classes, const Tensor& logits,
                            std::optional<double> threshold = {});

/// All probabilities, and the samples with the least probability of their class, the wrong ones
/// first; `sample` names sample i and shows its input.
Answers class_answers(const char* on, const std::vector<std::string>& classes,
                      const std::vector<int64_t>& labels, const ClassifyFigures& measured,
                      const std::function<ShownAnswer(size_t i)>& sample);

}  // namespace gradus::tools
