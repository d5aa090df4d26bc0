// SPDX-License-Identifier: MIT
// What a few runs tell: the mean with its interval, and whether one model is better for sure.
// Next: train/run_folder.h
#pragma once
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

/// The number of the model that is better than each other one: the 95 % interval of the paired
/// differences lies above 0. -1 where there is none. scores[model][seed], higher is better; seed by
/// seed the models have met the same data. Throws std::invalid_argument for models with different
/// numbers of seeds.
int paired_winner(const std::vector<std::vector<double>>& scores);

}  // namespace gradus
