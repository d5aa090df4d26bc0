// SPDX-License-Identifier: MIT
// F1 and AUC, by counting and by ranks.
#include "gradus/train/metrics.h"

#include <algorithm>
#include <numeric>

#include "gradus/base/error.h"

namespace gradus {
namespace {

void check_classes(const char* name, std::span<const int64_t> numbers, int64_t classes) {
  for (int64_t c : numbers)
    if (c < 0 || c >= classes)
      argument_error({name, ": a class is ", c, "; expected 0 to ", classes - 1});
}

}  // namespace

double macro_f1(std::span<const int64_t> predicted, std::span<const int64_t> labels,
                int64_t classes) {
  if (predicted.size() != labels.size())
    argument_error({"macro_f1: ", predicted.size(), " answers for ", labels.size(), " labels"});
  check_classes("macro_f1", predicted, classes), check_classes("macro_f1", labels, classes);
  const auto n = static_cast<size_t>(classes);
  std::vector<double> right(n), said(n), wanted(n);
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto p = static_cast<size_t>(predicted[i]), l = static_cast<size_t>(labels[i]);
    right[l] += p == l, said[p] += 1, wanted[l] += 1;
  }
  double sum = 0, counted = 0;
  for (size_t c = 0; c < n; ++c) {
    if (said[c] + wanted[c] == 0) continue;
    sum += 2 * right[c] / (said[c] + wanted[c]), counted += 1;
  }
  return counted > 0 ? sum / counted : 0;
}

std::optional<double> auc(std::span<const double> scores, const std::vector<bool>& positive) {
  if (scores.size() != positive.size())
    argument_error({"auc: ", scores.size(), " scores for ", positive.size(), " labels"});
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  double wins = 0, below = 0, positives = 0;  // below: negatives with a lower score
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    double up = 0, down = 0;  // among equal scores
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end)
      (positive[order[end]] ? up : down) += 1;
    wins += up * (below + down / 2), below += down, positives += up;
  }
  if (positives == 0 || below == 0) return std::nullopt;
  return wins / (positives * below);
}

std::optional<double> macro_auc(std::span<const double> scores, std::span<const int64_t> labels,
                                int64_t classes) {
  check_classes("macro_auc", labels, classes);
  const auto width = static_cast<size_t>(classes);
  if (scores.size() != labels.size() * width)
    argument_error({"macro_auc: ", scores.size(), " scores for ", labels.size(), " labels of ",
                    classes, " classes"});
  double sum = 0, counted = 0;
  for (size_t c = classes == 2 ? 1 : 0; c < width; ++c) {
    std::vector<double> column;
    std::vector<bool> positive;
    for (size_t i = 0; i < labels.size(); ++i) {
      column.push_back(scores[i * width + c]);
      positive.push_back(labels[i] == static_cast<int64_t>(c));
    }
    if (const auto area = auc(column, positive)) sum += *area, counted += 1;
  }
  if (counted == 0) return std::nullopt;
  return sum / counted;
}

}  // namespace gradus
