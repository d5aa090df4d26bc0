// SPDX-License-Identifier: MIT
// Differences, moments and fits.
#include "tools/lab/measure.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"

namespace gradus::tools {

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size())
    argument_error({"largest_difference: ", a.size(), " and ", b.size(), " elements"});
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double d = a[i] == b[i] ? 0 : std::abs(a[i] - b[i]);
    if (std::isnan(d)) return d;
    most = d > most ? d : most;
  }
  return most;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return largest_difference(a.to_vector<double>(), b.to_vector<double>());
}

double norm_of(const Tensor& x) {
  double sum = 0;
  for (double v : x.to_vector<double>()) sum += v * v;
  return std::sqrt(sum);
}

double entropy(const std::vector<double>& p) {
  double sum = 0;
  for (double v : p)
    if (v > 0) sum -= v * std::log(v);
  return sum;
}

double mean_of(const std::vector<double>& x) {
  double sum = 0;
  for (double v : x) sum += v;
  return sum / static_cast<double>(x.size());
}

double variance_of(const std::vector<double>& x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (double v : x) sum += (v - mean) * (v - mean);
  return sum / static_cast<double>(x.size());
}

double excess_kurtosis(const std::vector<double>& x) {
  const double mean = mean_of(x), variance = variance_of(x);
  double sum = 0;
  for (double v : x) sum += std::pow(v - mean, 4);
  return sum / static_cast<double>(x.size()) / (variance * variance) - 3;
}

OneThread::OneThread() : before_(num_threads()) { set_num_threads(1); }
OneThread::~OneThread() { set_num_threads(before_); }

}  // namespace gradus::tools
