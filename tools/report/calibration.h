// SPDX-License-Identifier: MIT
// Calibration of a classifier: whether predictions with probability 80 % are right in 80 % of the
// cases.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gradus::tools {

struct Calibration {
  struct Bin {
    int64_t count = 0;
    double predicted = 0, observed = 0;  // mean probability; share of the samples it came true for
  };
  std::vector<Bin> bins{};  // ten of equal width, without the empty ones
  double error = 0;         // mean of |predicted - observed| over the samples
  int64_t samples = 0;
};

/// For two classes the probability of the second one, else that of the likeliest class, and whether
/// it was right. Samples with a label below 0 do not count.
///   probabilities: a row of `classes` values per label
/// Source: the expected calibration error of Naeini et al. 2015, Guo et al. 2017.
Calibration calibration_of(std::span<const int64_t> labels, std::span<const double> probabilities,
                           size_t classes);

}  // namespace gradus::tools
