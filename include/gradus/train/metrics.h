// SPDX-License-Identifier: MIT
// How good a classifier's answers are, beyond the share that is right. A score that is NaN has no
// rank: every figure here that takes scores throws std::invalid_argument and names it.
// Next: train/answers.h
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

/// How often a label was taken for each class: a row of `classes` counts for each true class.
/// Throws as macro_f1 does.
std::vector<int64_t> confusion_matrix(std::span<const int64_t> predicted,
                                      std::span<const int64_t> labels, int64_t classes);

/// F1 of one class, 0 where it neither occurs nor is predicted; from a confusion matrix.
double class_f1(std::span<const int64_t> confusion, int64_t classes, int64_t of);

/// The mean precision at the ranks of the positives, from the highest score down: sum over
/// thresholds of (recall_n - recall_n-1) precision_n; equal scores are one threshold. Nothing
/// where there are no positives.
std::optional<double> average_precision(std::span<const double> scores,
                                        const std::vector<bool>& positive);

/// The mean of (p - y)^2, y = 1 for positives; 0 for no answers. Source: Brier 1950.
double brier_score(std::span<const double> probabilities, const std::vector<bool>& positive);

/// From which probability on it is best to say yes: the highest F1 of the positives, or the highest
/// mean of the shares of positives and of negatives that are told right (Youden 1950). It lies half
/// way between two probabilities; of equally good ones it is the nearest to 0.5. 0.5 where one of
/// the two kinds is absent.
enum class ThresholdAim { f1, balanced };
double best_threshold(std::span<const double> probabilities, const std::vector<bool>& positive,
                      ThresholdAim aim);

/// The area under the ROC curve: how likely a positive has a higher score than a negative, ties
/// counted half. Nothing where one of the two kinds is absent. Source: Hanley, McNeil 1982.
std::optional<double> auc(std::span<const double> scores, const std::vector<bool>& positive);

/// Whether two lists have one order: Spearman's correlation of ranks, from -1 to 1; equal values
/// share the mean of their ranks. Nothing for fewer than two values, or where all are equal.
std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b);

/// For two classes the AUC of the second one's scores; for more the mean of each class against
/// the rest, over the classes that have both kinds.
///   scores: a row of `classes` values for each label
std::optional<double> macro_auc(std::span<const double> scores, std::span<const int64_t> labels,
                                int64_t classes);

}  // namespace gradus
