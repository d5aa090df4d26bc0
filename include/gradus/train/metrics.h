// SPDX-License-Identifier: MIT
// How good a classifier's answers are, beyond the share that is right.
// Next: train/run_folder.h
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gradus {

/// The mean over classes of F1 = 2 TP / (2 TP + FP + FN); a class that neither occurs nor is
/// predicted does not count. 0 for no answers. Throws std::invalid_argument for lists of
/// different lengths and for class numbers outside 0 .. classes-1.
double macro_f1(std::span<const int64_t> predicted, std::span<const int64_t> labels,
                int64_t classes);

/// The area under the ROC curve: how likely a positive has a higher score than a negative, ties
/// counted half. Nothing where one of the two kinds is absent. Source: Hanley, McNeil 1982.
std::optional<double> auc(std::span<const double> scores, const std::vector<bool>& positive);

/// For two classes the AUC of the second one's scores; for more the mean of each class against
/// the rest, over the classes that have both kinds.
///   scores: a row of `classes` values for each label
std::optional<double> macro_auc(std::span<const double> scores, std::span<const int64_t> labels,
                                int64_t classes);

}  // namespace gradus
