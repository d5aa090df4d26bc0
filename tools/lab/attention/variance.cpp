// SPDX-License-Identifier: MIT
// The distribution of a dot product: its variance is the width, and it is not quite normal.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_variance {

constexpr int64_t draws = 2000;
int64_t sets(int64_t d) { return d < 128 ? 20 : 4; }

// Dot products of `n` queries with a key each, or all with the same one.
std::vector<double> products(int64_t n, int64_t d, bool one_key, Generator& gen) {
  const Tensor q = randn({n, d}, gen), k = randn({one_key ? 1 : n, d}, gen);
  return sum(q * k, {-1}).to_vector<double>();
}

struct Range {
  double low = INFINITY, high = 0;
  void add(double v) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  double from_one() const { return std::max(std::abs(low - 1), std::abs(high - 1)); }
};

// var / d of several sets of dot products.
Range relative_variance(int64_t d, bool one_key, Generator& gen) {
  Range r;
  for (int64_t i = 0; i < sets(d); ++i)
    r.add(variance_of(products(draws, d, one_key, gen)) / static_cast<double>(d));
  return r;
}

// var / |k|² of several keys, each with its own queries.
Range over_squared_length(int64_t d, Generator& gen) {
  Range r;
  for (int64_t i = 0; i < sets(d); ++i) {
    const Tensor k = randn({d}, gen);
    const std::vector<double> s = matmul(randn({draws, d}, gen), k).to_vector<double>();
    r.add(variance_of(s) / std::pow(norm_of(k), 2));
  }
  return r;
}

// The share of `x` in bins of width 0.25, as a density.
LineChart::Line density(const std::string& name, const std::vector<double>& x) {
  LineChart::Line line{name};
  constexpr double width = 0.25;
  for (double at = -4; at <= 4; at += width) {
    const auto inside = std::count_if(
        x.begin(), x.end(), [&](double v) { return v >= at - width / 2 && v < at + width / 2; });
    line.x.push_back(at);
    line.y.push_back(static_cast<double>(inside) / static_cast<double>(x.size()) / width);
  }
  return line;
}

void show_variance(Experiment& e) {
  Generator gen(e.seed());
  Table table{.columns = {{"d", 0},
                          {"var/d, lowest", 3},
                          {"highest", 3},
                          {"one key", 3},
                          {"to", 3},
                          {"var/|k|²", 3},
                          {"to", 3}},
              .title = "Sets of 2,000 dot products: a key for each query, or one key for all"};
  double worst = 0, spread = 0, length = 0;
  for (int64_t d : {8, 32, 128, 512}) {
    const Range fresh = relative_variance(d, e.broken(), gen);
    const Range one = relative_variance(d, true, gen), fixed = over_squared_length(d, gen);
    table.rows.push_back(
        {static_cast<double>(d), fresh.low, fresh.high, one.low, one.high, fixed.low, fixed.high});
    worst = std::max(worst, fresh.from_one());
    length = std::max(length, fixed.from_one());
    if (d == 8) spread = one.high - one.low;
  }
  e.table(table);
  e.below(44, "a key for each query: var/d, distance from 1", worst, 0.2);
  e.above(44, "one key for all: range of var/d at d = 8", spread, 1);
  e.below(44, "one key for all: var/|k|², distance from 1", length, 0.2);
}

void show_shape(Experiment& e) {
  Generator gen(e.seed(), 1);
  LineChart chart{.title = "q·k / √d of random pairs", .x_axis = "q·k / √d", .y_axis = "density"};
  Table table{.columns = {{"d", 0}, {"mean", 3}, {"var/d", 3}, {"excess kurtosis", 2}, {"6/d", 2}}};
  for (int64_t d : {1, 4, 16}) {
    const double width = static_cast<double>(d);
    std::vector<double> s = products(d == 1 ? 400000 : 100000, d, false, gen);
    const double mean = mean_of(s), variance = variance_of(s), kurtosis = excess_kurtosis(s);
    table.rows.push_back({width, mean, variance / width, kurtosis, 6 / width});
    for (double& v : s) v /= std::sqrt(width);
    if (d != 16) chart.lines.push_back(density("d = " + std::to_string(d), s));
    if (d == 1) {
      e.below(45, "product of two normals: |mean|", std::abs(mean), 0.01);
      e.below(45, "its variance, distance from 1", std::abs(variance - 1), 0.02);
      e.below(45, "its excess kurtosis, distance from 6", std::abs(kurtosis - 6), 1);
    }
    if (d == 4) e.below(45, "sum of 4: excess kurtosis, from 6/4", std::abs(kurtosis - 1.5), 0.3);
  }
  LineChart::Line normal{"normal"};
  for (double at = -4; at <= 4; at += 0.25) {
    normal.x.push_back(at);
    normal.y.push_back(std::exp(-at * at / 2) / std::sqrt(2 * std::numbers::pi));
  }
  chart.lines.push_back(normal);
  e.table(table);
  e.chart(chart);
}

void run(Experiment& e) {
  show_variance(e);
  show_shape(e);
}

}  // namespace lab_variance

LabPage variance_page() {
  return {
      .name = "variance",
      .chapter = "attention",
      .title = "The variance of a dot product is its width",
      .items = {44, 45},
      .claim =
          "The product of two independent standard normal numbers has mean 0 and variance 1, "
          "so a dot product of width d has variance d. It is only nearly normal: its excess "
          "kurtosis is 6/d.",
      .formula =
          "E[qk] = E[q] E[k] = 0        Var(qk) = E[q²] E[k²] = 1\n"
          "Var(Σ qᵢ kᵢ) = d        excess kurtosis = 6 / d\n"
          "Var(q·k | k) = |k|², for a fixed key",
      .breaks = "all queries are multiplied by the same key, as in text 002",
      .read = {{"include/gradus/ops/attention.h", "1 / sqrt(D) by default"},
               {"tools/lab/measure.cpp", "double excess_kurtosis("}},
      .next = "lab scale",
      .questions =
          {{"Text 002 draws 1,000 queries and one key. What does its histogram measure?",
            "The squared length of that key: given k, the variance of q·k is |k|². At d = 8 "
            "that is anywhere from about 3 to 20, and only its mean is 8."},
           {"Why does excess kurtosis fall as 1/d?",
            "The fourth cumulant of a sum of d independent terms is d times that of one term, "
            "and the squared variance grows as d². One product has 9 − 3 = 6."}},
      .correction =
          "text 003 takes the sum of products for normal, N(0, d). Its excess kurtosis "
          "is 6/d, for d = 4 thus 1.5 and not 0. Text 002 draws a single key for its histograms "
          "and so measures |k|², not d.",
      .run = lab_variance::run};
}

}  // namespace gradus::tools
