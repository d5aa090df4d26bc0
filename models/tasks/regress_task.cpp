// SPDX-License-Identifier: MIT
// Trains and evaluates models of numbers.
#include "models/tasks/regress_task.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "gradus/train/stop.h"

namespace gradus {

TargetScale target_scale(const SeriesSet& training) {
  TargetScale scale;
  const auto count = static_cast<double>(training.size());
  for (size_t k = 0; k < training.targets.size(); ++k) {
    double mean = 0, squares = 0;
    for (const Series& s : training.series) mean += s.targets[k] / count;
    for (const Series& s : training.series)
      squares += (s.targets[k] - mean) * (s.targets[k] - mean) / count;
    scale.mean.push_back(mean);
    scale.deviation.push_back(squares > 0 ? std::sqrt(squares) : 1);
  }
  return scale;
}

Tensor targets_of(const SeriesSet& set, const TargetScale& scale) {
  std::vector<int64_t> all(set.series.size());
  std::iota(all.begin(), all.end(), int64_t{0});
  return targets_of(set, scale, all);
}

Tensor targets_of(const SeriesSet& set, const TargetScale& scale,
                  std::span<const int64_t> members) {
  const size_t count = scale.mean.size();
  Tensor all = Tensor::empty({std::ssize(members), static_cast<int64_t>(count)}, DType::f64);
  double* out = all.mutable_data<double>();
  for (int64_t m : members)
    for (size_t k = 0; k < count; ++k)
      *out++ = (set.series[static_cast<size_t>(m)].targets[k] - scale.mean[k]) / scale.deviation[k];
  return all;
}

// ---- losses

Tensor quantile_loss(const Tensor& x, const Tensor& target, const std::vector<double>& quantiles) {
  const auto count = static_cast<int64_t>(quantiles.size());
  const Tensor d = sub(unsqueeze(target, 2), reshape(x, {x.size(0), -1, count}));
  const Tensor q = tensor(quantiles, {count}, x.dtype());
  return mean(add(mul(relu(d), q), mul(relu(neg(d)), sub(ones({count}, x.dtype()), q))));
}

Tensor regress_loss(const Tensor& x, const Tensor& target, const RegressOptions& o) {
  switch (o.loss) {
    case RegressLoss::mse: return mse_loss(x, target);
    case RegressLoss::l1: return l1_loss(x, target);
    case RegressLoss::huber: return huber_loss(x, target);
    case RegressLoss::quantile: return quantile_loss(x, target, o.quantiles);
  }
  internal_error({"unknown loss"});
}

// ---- the task

int64_t RegressTask::begin_epoch(int64_t epoch) {
  Generator gen(options.seed, stream::regress_order + static_cast<uint64_t>(epoch));
  batches_ = shuffled_by_length(data.training.lengths(), options.batch_size, gen);
  return static_cast<int64_t>(batches_.size());
}

// The mean over series, or over all their steps.
Tensor RegressTask::loss_on(const SeriesSet& set, std::span<const int64_t> members) const {
  const SeriesBatch b = series_batch(set, scale, members);
  const Tensor wanted = targets_of(set, target, members).to(b.values.dtype());
  if (!options.every_step)
    return regress_loss((*network)(b.values, b.times, b.lengths), wanted, options);
  const Tensor steps = network->each_step(b.values, b.times, b.lengths);
  std::vector<int64_t> places, series;
  for (size_t i = 0; i < b.lengths.size(); ++i)
    for (int64_t t = 0; t < b.lengths[i]; ++t) {
      places.push_back(static_cast<int64_t>(i) * steps.size(1) + t);
      series.push_back(static_cast<int64_t>(i));
    }
  return regress_loss(index_select(flatten(steps, 0, 1), 0, places),
                      index_select(wanted, 0, series), options);
}

Task::Batch RegressTask::loss(int64_t number) {
  const gradus::Batch& members = batches_[static_cast<size_t>(number)];
  int64_t steps = 0;
  for (int64_t m : members) steps += data.training.series[static_cast<size_t>(m)].length();
  return {loss_on(data.training, members),
          static_cast<double>(options.every_step ? steps : std::ssize(members)), steps};
}

Json RegressTask::evaluate() {
  Json all = Json::object();
  if (data.validated()) all["valid_loss"] = figures(data.valid).loss;
  return all;
}

Tensor RegressTask::outputs(const SeriesSet& set) const {
  constexpr int64_t at_once = 128;
  const NoGrad no_grad;
  std::vector<Tensor> all;
  for_each_batch("series evaluated", set.size(), at_once, [&](const gradus::Batch& members) {
    const SeriesBatch b = series_batch(set, scale, members);
    all.push_back((*network)(b.values, b.times, b.lengths).to(DType::f64));
    check_answers(all.back(), [&](int64_t row) {
      const auto member = static_cast<size_t>(members[static_cast<size_t>(row)]);
      return "series " + printable(set.series[member].id);
    });
  });
  Tensor together = cat(all);
  const int64_t count = options.outputs();
  double* out = together.mutable_data<double>();  // quantiles that were learned apart may cross
  for (int64_t i = 0; i < together.numel(); i += count) std::sort(out + i, out + i + count);
  return together;
}

RegressFigures RegressTask::figures(const SeriesSet& set) const {
  return regress_figures(outputs(set), set, target, options);
}

// ---- figures

namespace {

// The output for a target that is compared with its value.
size_t middle_of(const RegressOptions& o) {
  size_t best = 0;
  for (size_t q = 1; q < o.quantiles.size() && o.loss == RegressLoss::quantile; ++q)
    if (std::abs(o.quantiles[q] - 0.5) < std::abs(o.quantiles[best] - 0.5)) best = q;
  return best;
}

TargetFigures figures_of_target(const std::vector<double>& x, size_t k, const SeriesSet& set,
                                const TargetScale& scale, const RegressOptions& o) {
  const auto outputs = static_cast<size_t>(o.outputs()), middle = middle_of(o);
  const size_t width = scale.mean.size() * outputs;
  const auto count = static_cast<double>(set.size());
  TargetFigures f{.coverage = std::vector<double>(o.quantiles.size())};
  double squares = 0, mean = 0, spread = 0;
  for (const Series& s : set.series) mean += s.targets[k] / count;
  for (size_t i = 0; i < set.series.size(); ++i) {
    const double* own = &x[i * width + k * outputs];
    const auto value = [&](size_t q) { return scale.mean[k] + scale.deviation[k] * own[q]; };
    const double truth = set.series[i].targets[k], wrong = value(middle) - truth;
    squares += wrong * wrong;
    spread += (truth - mean) * (truth - mean);
    f.mae += std::abs(wrong) / count;
    for (size_t q = 0; q < f.coverage.size(); ++q) f.coverage[q] += truth <= value(q);
    f.width += (value(outputs - 1) - value(0)) / count;
  }
  for (double& share : f.coverage) share /= count;
  f.rmse = std::sqrt(squares / count);
  f.r2 = spread > 0 ? 1 - squares / spread : NAN;
  return f;
}

}  // namespace

RegressFigures regress_figures(const Tensor& predicted, const SeriesSet& set,
                               const TargetScale& scale, const RegressOptions& o) {
  const NoGrad no_grad;
  RegressFigures f;
  const Tensor wanted = targets_of(set, scale);
  for (int64_t i = 0; i < set.size(); ++i)
    f.each.push_back(regress_loss(narrow(predicted, 0, i, 1), narrow(wanted, 0, i, 1), o).item());
  f.loss = std::reduce(f.each.begin(), f.each.end()) / static_cast<double>(set.size());
  const std::vector<double> x = predicted.to_vector<double>();
  for (size_t k = 0; k < scale.mean.size(); ++k)
    f.targets.push_back(figures_of_target(x, k, set, scale, o));
  return f;
}

namespace {

// Linear between neighbours, as NumPy's quantile.
double quantile_of(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

}  // namespace

Tensor constant_outputs(const SeriesSet& training, const TargetScale& scale,
                        const RegressOptions& o) {
  std::vector<double> all;
  for (size_t k = 0; k < scale.mean.size(); ++k) {
    std::vector<double> values;
    for (const Series& s : training.series)
      values.push_back((s.targets[k] - scale.mean[k]) / scale.deviation[k]);
    std::sort(values.begin(), values.end());
    if (o.loss == RegressLoss::mse) all.push_back(0);
    else if (o.loss != RegressLoss::quantile) all.push_back(quantile_of(values, 0.5));
    else
      for (double q : o.quantiles) all.push_back(quantile_of(values, q));
  }
  return tensor(all, {static_cast<int64_t>(all.size())}, DType::f64);
}

}  // namespace gradus
