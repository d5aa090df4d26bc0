// SPDX-License-Identifier: MIT
// Logistic regression on summaries of series.
#include "models/series_baseline.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gradus/autograd/node.h"
#include "gradus/base/phase.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/optim/adam.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

// Six numbers of one feature of one series; x points at its first value, steps are F apart.
void summarise(const float* x, int64_t steps, int64_t F, double* out) {
  double sum = 0, squares = 0, low = x[0], high = x[0];
  for (int64_t t = 0; t < steps; ++t) {
    const double v = x[t * F];
    sum += v, low = std::min(low, v), high = std::max(high, v);
  }
  const double n = static_cast<double>(steps), mean = sum / n;
  for (int64_t t = 0; t < steps; ++t) squares += (x[t * F] - mean) * (x[t * F] - mean);
  const double all[] = {mean, std::sqrt(squares / n), low, high, x[0], x[(steps - 1) * F]};
  std::copy_n(all, 6, out);
}

// The share of the steps in which a category holds, and whether it holds at the last one.
void summarise_category(const float* x, int64_t steps, int64_t F, double* out) {
  double sum = 0;
  for (int64_t t = 0; t < steps; ++t) sum += x[t * F];
  out[0] = sum / static_cast<double>(steps), out[1] = x[(steps - 1) * F];
}

// The share of the steps of each category, which are numbered from 1.
void summarise_codes(const float* x, int64_t steps, int64_t F, double* out) {
  for (int64_t t = 0; t < steps; ++t)
    if (x[t * F] > 0) out[static_cast<int64_t>(x[t * F]) - 1] += 1 / static_cast<double>(steps);
}

// Columns of a batch: numbers of any kind, ones that say whether a category holds, and codes.
struct Columns {
  explicit Columns(const SeriesScale& scale) : codes(scale.embedded()), all(scale.width()) {
    for (const TextScale& t : scale.texts)
      if (!t.embedded) categories += static_cast<int64_t>(t.seen.size());
    numbers = all - categories - static_cast<int64_t>(codes.size());
  }
  int64_t summary_width() const {
    return 6 * numbers + 2 * categories + std::reduce(codes.begin(), codes.end()) + 1;
  }
  std::vector<int64_t> codes;
  int64_t all, categories = 0, numbers = 0;
};

void summarise_series(const float* x, int64_t steps, const Columns& c, double* row) {
  int64_t f = 0;
  for (; f < c.numbers; ++f, row += 6) summarise(x + f, steps, c.all, row);
  for (; f < c.numbers + c.categories; ++f, row += 2) summarise_category(x + f, steps, c.all, row);
  for (int64_t kinds : c.codes) {
    summarise_codes(x + f++, steps, c.all, row);
    row += kinds;
  }
}

}  // namespace

Tensor series_summary(const SeriesSet& set, const SeriesScale& scale) {
  const Columns columns(scale);
  const int64_t width = columns.summary_width();
  Tensor all = zeros({set.size(), width}, DType::f64);
  double* row = all.mutable_data<double>();
  for (int64_t i = 0; i < set.size(); ++i, row += width) {
    StopSignals::poll();
    const SeriesBatch one = series_batch(set, scale, std::vector<int64_t>{i});
    const Tensor values = one.values.to(DType::f32).contiguous_data();
    const int64_t steps = one.lengths[0];
    if (steps > 0) summarise_series(values.data<float>(), steps, columns, row);
    row[width - 1] = std::log(static_cast<double>(steps) + 1);
  }
  return all;
}

ClassifyFigures logistic_regression(const SeriesSet& training, const SeriesSet& judged,
                                    const SeriesScale& scale) {
  const Tensor raw = series_summary(training, scale);
  const Tensor centre = mean(raw, {0}, true);
  const Tensor spread = sqrt(add(var(raw, {0}, 0, true), 1e-12));
  const auto standardised = [&](const Tensor& x) { return div(sub(x, centre), spread); };
  const Tensor x = standardised(raw), y = labels_of(training);
  const DefaultDType wide(DType::f64);
  Generator gen(0);
  Linear layer({x.size(1), static_cast<int64_t>(training.classes.size())}, gen);
  zeros_(layer.weight), zeros_(layer.bias);
  Adam adam(layer.named_parameters(), {.lr = 0.05});
  double before = INFINITY;
  Phase phase("fitting the logistic regression, step");  // it may end early
  for (int step = 0; step < 2000; ++step) {
    StopSignals::poll();
    phase.at(step);
    const Tensor loss = cross_entropy(layer(x), y) + 0.005 * sum(layer.weight * layer.weight);
    adam.zero_grad();
    loss.backward();
    adam.step();
    if (step % 50 != 49) continue;
    const double now = loss.item();
    if (std::abs(before - now) < 1e-6 * (1 + now)) break;
    before = now;
  }
  const NoGrad no_grad;
  return figures_of(layer(standardised(series_summary(judged, scale))), labels_of(judged));
}

}  // namespace gradus
