// SPDX-License-Identifier: MIT
// Statistics of a few runs: the mean with its interval, and whether one model is reliably better.
// Next: check/diagnosis.h
#pragma once
#include <optional>
#include <span>
#include <vector>

namespace gradus {

/// The mean of independent values and half the width of its 95 % interval, t_{n-1} s / sqrt(n);
/// `half` is not finite for fewer than two values, `mean` for none.
/// Source: Student 1908.
struct Interval {
  double mean, half;
};
Interval t_interval(std::span<const double> values);

/// The difference of two AUCs on the same samples, a - b, with its 95 % interval; nullopt without
/// positives or without negatives; `half` is not finite if there is only one of either. Source:
/// DeLong, DeLong, Clarke-Pearson 1988. Throws std::invalid_argument like auc().
std::optional<Interval> auc_difference(std::span<const double> a, std::span<const double> b,
                                       const std::vector<bool>& positive);

/// The index of the model that beats every other: its paired differences have 95 % intervals above
/// 0. -1 if there is none. scores[model][seed], higher is better; for a given
/// seed all models use the same data. Throws std::invalid_argument for models with different
/// numbers of seeds.
int paired_winner(const std::vector<std::vector<double>>& scores);

}  // namespace gradus
