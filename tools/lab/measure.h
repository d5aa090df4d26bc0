// SPDX-License-Identifier: MIT
// Measures that several pages use.
#pragma once
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus::tools {

/// The largest |a - b| over all elements; NaN if there is one anywhere.
double largest_difference(const std::vector<double>& a, const std::vector<double>& b);
double largest_difference(const Tensor& a, const Tensor& b);
/// The norm of all elements.
double norm_of(const Tensor& x);
/// -Σ p ln p in nats.
double entropy(const std::vector<double>& p);
double mean_of(const std::vector<double>& x);
/// The population variance.
double variance_of(const std::vector<double>& x);
/// Σ (x - mean)⁴ / (n variance²) - 3, which is 0 for a normal distribution.
double excess_kurtosis(const std::vector<double>& x);

/// One thread during its lifetime: times are then processor time, whatever else runs.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace gradus::tools
