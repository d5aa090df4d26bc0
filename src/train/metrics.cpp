// SPDX-License-Identifier: MIT
// F1, precision and AUC, by counting and by ranks.
#include "gradus/train/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gradus/base/error.h"

namespace gradus {
namespace {

void check_classes(const char* name, std::span<const int64_t> numbers, int64_t classes) {
  for (int64_t c : numbers)
    if (c < 0 || c >= classes)
      argument_error({name, ": a class is ", c, "; expected 0 to ", classes - 1});
}

// NaN has no rank: sorting it is undefined, and two NaN are not even equal.
void check_scores(const char* name, const char* what, std::span<const double> scores) {
  for (size_t i = 0; i < scores.size(); ++i)
    if (std::isnan(scores[i]))
      argument_error({name, ": ", what, " ", i, " is nan; expected numbers"});
}

// The indices of the scores, from the lowest score to the highest.
std::vector<size_t> rising(const char* name, std::span<const double> scores) {
  check_scores(name, "score", scores);
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  return order;
}
std::vector<size_t> falling(const char* name, std::span<const double> scores) {
  std::vector<size_t> order = rising(name, scores);
  std::reverse(order.begin(), order.end());
  return order;
}

}  // namespace

std::vector<int64_t> confusion_matrix(std::span<const int64_t> predicted,
                                      std::span<const int64_t> labels, int64_t classes) {
  if (predicted.size() != labels.size())
    argument_error(
        {"confusion_matrix: ", predicted.size(), " predictions for ", labels.size(), " labels"});
  check_classes("confusion_matrix", predicted, classes);
  check_classes("confusion_matrix", labels, classes);
  std::vector<int64_t> counts(static_cast<size_t>(classes * classes));
  for (size_t i = 0; i < labels.size(); ++i)
    ++counts[static_cast<size_t>(labels[i] * classes + predicted[i])];
  return counts;
}

double class_f1(std::span<const int64_t> confusion, int64_t classes, int64_t of) {
  int64_t predicted = 0, actual = 0;
  for (int64_t i = 0; i < classes; ++i) {
    predicted += confusion[static_cast<size_t>(i * classes + of)];
    actual += confusion[static_cast<size_t>(of * classes + i)];
  }
  if (predicted + actual == 0) return 0;
  return 2 * static_cast<double>(confusion[static_cast<size_t>(of * classes + of)]) /
         static_cast<double>(predicted + actual);
}

double macro_f1(std::span<const int64_t> predicted, std::span<const int64_t> labels,
                int64_t classes) {
  if (predicted.size() != labels.size())
    argument_error({"macro_f1: ", predicted.size(), " predictions for ", labels.size(), " labels"});
  check_classes("macro_f1", predicted, classes);
  check_classes("macro_f1", labels, classes);
  const std::vector<int64_t> confusion = confusion_matrix(predicted, labels, classes);
  std::vector<bool> occurs(static_cast<size_t>(classes));
  for (size_t i = 0; i < labels.size(); ++i)
    for (int64_t c : {predicted[i], labels[i]}) occurs[static_cast<size_t>(c)] = true;
  double sum = 0, counted = 0;
  for (int64_t c = 0; c < classes; ++c) {
    if (!occurs[static_cast<size_t>(c)]) continue;
    sum += class_f1(confusion, classes, c);
    counted += 1;
  }
  return counted > 0 ? sum / counted : 0;
}

std::optional<double> average_precision(std::span<const double> scores,
                                        const std::vector<bool>& positive) {
  if (scores.size() != positive.size())
    argument_error(
        {"average_precision: ", scores.size(), " scores for ", positive.size(), " labels"});
  const std::vector<size_t> order = falling("average_precision", scores);
  double sum = 0, seen = 0, found = 0;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    double up = 0;  // positives among equal scores
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end)
      up += positive[order[end]] ? 1 : 0;
    seen = static_cast<double>(end);
    found += up;
    sum += up * found / seen;
  }
  if (found == 0) return std::nullopt;
  return sum / found;
}

double best_threshold(std::span<const double> p, const std::vector<bool>& positive,
                      ThresholdAim aim) {
  if (p.size() != positive.size())
    argument_error(
        {"best_threshold: ", p.size(), " probabilities for ", positive.size(), " labels"});
  const std::vector<size_t> order = falling("best_threshold", p);
  const auto all = static_cast<double>(std::count(positive.begin(), positive.end(), true));
  const double others = static_cast<double>(p.size()) - all;
  if (all == 0 || others == 0) return 0.5;
  double best = -1, found = 0.5, yes = 0, wrong = 0;  // of those above the threshold
  for (size_t i = 0; i <= order.size(); ++i) {
    if (i > 0) ++(positive[order[i - 1]] ? yes : wrong);
    const double above = i > 0 ? p[order[i - 1]] : 1, below = i < order.size() ? p[order[i]] : 0;
    if (i > 0 && i < order.size() && above == below) continue;
    const double score = aim == ThresholdAim::f1 ? 2 * yes / (all + yes + wrong)
                                                 : yes / all / 2 + (others - wrong) / others / 2;
    const double middle = (above + below) / 2;
    if (score < best || (score == best && std::abs(middle - 0.5) >= std::abs(found - 0.5)))
      continue;
    best = score;
    found = middle;
  }
  return found;
}

double brier_score(std::span<const double> probabilities, const std::vector<bool>& positive) {
  if (probabilities.size() != positive.size())
    argument_error(
        {"brier_score: ", probabilities.size(), " probabilities for ", positive.size(), " labels"});
  check_scores("brier_score", "probability", probabilities);
  double sum = 0;
  for (size_t i = 0; i < positive.size(); ++i) {
    const double off = probabilities[i] - (positive[i] ? 1 : 0);
    sum += off * off;
  }
  return positive.empty() ? 0 : sum / static_cast<double>(positive.size());
}

std::optional<double> auc(std::span<const double> scores, const std::vector<bool>& positive) {
  if (scores.size() != positive.size())
    argument_error({"auc: ", scores.size(), " scores for ", positive.size(), " labels"});
  const std::vector<size_t> order = rising("auc", scores);
  double wins = 0, below = 0, positives = 0;  // below: negatives with a lower score
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    double up = 0, down = 0;  // among equal scores
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end)
      (positive[order[end]] ? up : down) += 1;
    wins += up * (below + down / 2);
    below += down;
    positives += up;
  }
  if (positives == 0 || below == 0) return std::nullopt;
  return wins / (positives * below);
}

namespace {

std::vector<double> ranks(std::span<const double> x) {
  const std::vector<size_t> order = rising("rank_correlation", x);
  std::vector<double> rank(x.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && x[order[end]] == x[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) rank[order[i]] = static_cast<double>(begin + end - 1) / 2;
  }
  return rank;
}

}  // namespace

std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size())
    argument_error({"rank_correlation: ", a.size(), " and ", b.size(), " values"});
  const std::vector<double> x = ranks(a), y = ranks(b);
  const double middle = (static_cast<double>(a.size()) - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - middle, dy = y[i] - middle;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  if (!(xx > 0 && yy > 0)) return std::nullopt;
  return xy / std::sqrt(xx * yy);
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
    const auto area = auc(column, positive);
    if (!area) continue;
    sum += *area;
    counted += 1;
  }
  if (counted == 0) return std::nullopt;
  return sum / counted;
}

}  // namespace gradus
