// SPDX-License-Identifier: MIT
// What a few runs tell: the mean with its interval, and whether one model is better for sure.
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

/// The difference of two AUCs on the same samples, a - b, with its 95 % interval; nothing where a
/// kind is absent, and `half` is not finite for one sample of a kind. Source: DeLong, DeLong,
/// Clarke-Pearson 1988. Throws std::invalid_argument as auc() does.
std::optional<Interval> auc_difference(std::span<const double> a, std::span<const double> b,
                                       const std::vector<bool>& positive);

/// The number of the model that is better than each other one: the 95 % interval of the paired
/// differences lies above 0. -1 where there is none. scores[model][seed], higher is better; seed by
/// seed the models have met the same data. Throws std::invalid_argument for models with different
/// numbers of seeds.
int paired_winner(const std::vector<std::vector<double>>& scores);

}  // namespace gradus
