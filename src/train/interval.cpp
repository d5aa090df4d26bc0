// SPDX-License-Identifier: MIT
// Student's t intervals, DeLong's comparison of AUCs.
#include "gradus/train/interval.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/error.h"
#include "gradus/train/metrics.h"

namespace gradus {
namespace {

// The 97.5 % point of t; beyond the table 1.96 and the first term of its expansion, to 0.1 %.
double t_point(size_t freedom) {
  constexpr double table[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                              2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                              2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                              2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
  if (freedom <= std::size(table)) return table[freedom - 1];
  return 1.95996 + 2.3722 / static_cast<double>(freedom);
}

}  // namespace

Interval t_interval(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (double v : values) sum += v;
  const double mean = sum / n;
  if (values.size() < 2) return {mean, NAN};
  for (double v : values) squares += (v - mean) * (v - mean);
  return {mean, t_point(values.size() - 1) * std::sqrt(squares / (n - 1) / n)};
}

namespace {

// The placement of each sample: for a positive the fraction of negatives below it, for a negative
// the fraction of positives above it; ties count half. The mean over either kind is the AUC.
std::vector<double> placements(std::span<const double> scores, const std::vector<bool>& positive) {
  std::vector<double> of[2];  // sorted scores of negatives and of positives
  for (size_t i = 0; i < scores.size(); ++i) of[positive[i]].push_back(scores[i]);
  for (std::vector<double>& kind : of) std::sort(kind.begin(), kind.end());
  std::vector<double> all;
  for (size_t i = 0; i < scores.size(); ++i) {
    const std::vector<double>& others = of[!positive[i]];
    const auto [low, high] = std::equal_range(others.begin(), others.end(), scores[i]);
    const auto below =
        static_cast<double>(low - others.begin()) + static_cast<double>(high - low) / 2;
    const double share = below / static_cast<double>(others.size());
    all.push_back(positive[i] ? share : 1 - share);
  }
  return all;
}

}  // namespace

std::optional<Interval> auc_difference(std::span<const double> a, std::span<const double> b,
                                       const std::vector<bool>& positive) {
  const std::optional<double> first = auc(a, positive), second = auc(b, positive);
  if (!first || !second) return std::nullopt;
  const std::vector<double> x = placements(a, positive), y = placements(b, positive);
  std::vector<double> of[2];
  for (size_t i = 0; i < x.size(); ++i) of[positive[i]].push_back(x[i] - y[i]);
  double variance = 0;
  for (const std::vector<double>& differences : of) {
    const auto n = static_cast<double>(differences.size());
    double mean = 0, squares = 0;
    for (double d : differences) mean += d / n;
    for (double d : differences) squares += (d - mean) * (d - mean);
    variance += squares / (n - 1) / n;
  }
  return Interval{*first - *second, 1.96 * std::sqrt(variance)};
}

int paired_winner(const std::vector<std::vector<double>>& scores) {
  for (const auto& of_model : scores)
    if (of_model.size() != scores[0].size())
      argument_error({"paired_winner: ", scores[0].size(), " and ", of_model.size(),
                      " seeds; expected the same number for each model"});
  const auto better = [](const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> differences;
    for (size_t s = 0; s < a.size(); ++s) differences.push_back(a[s] - b[s]);
    const Interval i = t_interval(differences);
    return i.mean - i.half > 0;
  };
  for (size_t m = 0; m < scores.size() && scores.size() > 1; ++m) {
    bool best = true;
    for (size_t other = 0; other < scores.size(); ++other)
      best = best && (other == m || better(scores[m], scores[other]));
    if (best) return static_cast<int>(m);
  }
  return -1;
}

}  // namespace gradus
