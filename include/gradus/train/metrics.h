// SPDX-License-Identifier: MIT
// Metrics of classifiers, beyond accuracy. A NaN score has no rank: every metric of scores throws
// std::invalid_argument that reports its position.
// Next: train/answers.h
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gradus {

/// The mean over classes of F1 = 2 TP / (2 TP + FP + FN); a class that neither occurs nor is
/// predicted does not count. 0 without samples. Throws std::invalid_argument for lists of
/// different lengths and for class indices outside 0 .. classes-1.
double macro_f1(std::span<const int64_t> predicted, std::span<const int64_t> labels,
                int64_t classes);

/// How often each true class was predicted as each class: a row of `classes` counts per true class.
/// Throws like macro_f1().
std::vector<int64_t> confusion_matrix(std::span<const int64_t> predicted,
                                      std::span<const int64_t> labels, int64_t classes);

/// F1 of one class from a confusion matrix; 0 if it neither occurs nor is predicted.
double class_f1(std::span<const int64_t> confusion, int64_t classes, int64_t of);

/// Average precision: the sum over thresholds, from the highest score down, of
/// (recall_n - recall_n-1) precision_n; equal scores are one threshold. nullopt without positives.
std::optional<double> average_precision(std::span<const double> scores,
                                        const std::vector<bool>& positive);

/// The mean of (p - y)^2, y = 1 for positives; 0 without samples. Source: Brier 1950.
double brier_score(std::span<const double> probabilities, const std::vector<bool>& positive);

/// The best decision threshold: maximises the F1 of the positives, or the mean of sensitivity and
/// specificity (Youden 1950). It lies midway between two probabilities; ties go to the threshold
/// nearest to 0.5. 0.5 without positives or without negatives.
enum class ThresholdAim { f1, balanced };
double best_threshold(std::span<const double> probabilities, const std::vector<bool>& positive,
                      ThresholdAim aim);

/// The area under the ROC curve: the probability that a positive scores higher than a negative;
/// ties count half. nullopt without positives or without negatives. Source: Hanley, McNeil 1982.
std::optional<double> auc(std::span<const double> scores, const std::vector<bool>& positive);

/// Spearman's rank correlation, from -1 to 1; equal values share the mean of their ranks. nullopt
/// for fewer than two values, or if all values of a list are equal.
std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b);

/// For two classes the AUC of the second class's scores; for more the mean one-versus-rest AUC over
/// the classes with both positives and negatives.
///   scores: a row of `classes` values per label
std::optional<double> macro_auc(std::span<const double> scores, std::span<const int64_t> labels,
                                int64_t classes);

}  // namespace gradus
