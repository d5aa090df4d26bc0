// SPDX-License-Identifier: MIT
// Forecasting: batches, losses, figures.
#include "models/tasks/forecast_task.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

// Steps begin .. end-1 of a series.
Series part_of(const Series& s, size_t begin, size_t end) {
  const size_t width = s.values.size() / s.times.size();
  const auto cut = [](const auto& all, size_t from, size_t to) {
    return std::vector(all.begin() + static_cast<std::ptrdiff_t>(from),
                       all.begin() + static_cast<std::ptrdiff_t>(to));
  };
  return {.id = s.id,
          .lines = s.lines.empty() ? s.lines : cut(s.lines, begin, end),
          .times = cut(s.times, begin, end),
          .values = cut(s.values, begin * width, end * width),
          .label = s.label};
}

}  // namespace

ForecastBatch forecast_batch(const SeriesSet& set, const SeriesScale& scale,
                             std::span<const int64_t> members) {
  const SeriesBatch all = series_batch(set, scale, members);
  const int64_t count = all.values.size(0), steps = std::max<int64_t>(all.values.size(1) - 1, 0);
  const std::vector<int64_t> numbers = scale.numbers();
  const auto width = static_cast<int64_t>(numbers.size());
  ForecastBatch b;
  for (int64_t n : all.lengths) b.lengths.push_back(std::max<int64_t>(n - 1, 0));
  b.values = narrow(all.values, 1, 0, steps);
  b.times = narrow(all.times, 1, 0, steps);
  b.target = narrow(narrow(all.values, 1, all.values.size(1) - steps, steps), 2, 0, width);
  Tensor known = zeros({count, steps, width}, DType::f64);
  double* k = known.mutable_data<double>();
  for (int64_t i = 0; i < count; ++i) {
    const Series& s = set.series[static_cast<size_t>(members[static_cast<size_t>(i)])];
    for (size_t t = 1; t < s.times.size(); ++t)
      for (int64_t c = 0; c < width; ++c) {
        const auto f = static_cast<size_t>(numbers[static_cast<size_t>(c)]);
        const bool is = !std::isnan(s.values[t * set.features.size() + f]) &&
                        std::isfinite(scale.deviation[f]) && set.is_number(f);
        k[(i * steps + static_cast<int64_t>(t) - 1) * width + c] = is;
        b.count += is;
      }
  }
  b.known = known.to(b.values.dtype());
  return b;
}

Tensor forecast_loss(const Tensor& predicted, const ForecastBatch& b) {
  const Tensor wrong = mul(sub(predicted, b.target), b.known);
  return mul(sum(mul(wrong, wrong)), 1 / std::max(b.count, 1.0));
}

SeriesSet windows(const SeriesSet& set, int64_t window) {
  if (window < 2) argument_error({"windows: window is ", window, " steps; expected 2 or more"});
  SeriesSet pieces = set.without_series();
  for (const Series& s : set.series)
    for (size_t begin = 0, n = s.times.size(); begin + 1 < n;
         begin += static_cast<size_t>(window) - 1)
      pieces.series.push_back(part_of(s, begin, std::min(n, begin + static_cast<size_t>(window))));
  return pieces;
}

SeriesSet take_out_ends(SeriesSet& set, double fraction) {
  if (!(fraction > 0 && fraction < 1))
    argument_error({"take_out_ends: ", fraction, ": expected more than 0 and less than 1"});
  SeriesSet ends = set.without_series();
  for (Series& s : set.series) {
    const size_t n = s.times.size();
    if (n < 4) continue;
    const auto share = static_cast<size_t>(std::lround(fraction * static_cast<double>(n)));
    const size_t cut = n - std::clamp<size_t>(share, 1, n - 2);
    ends.series.push_back(part_of(s, cut - 1, n));
    s = part_of(s, 0, cut);
  }
  return ends;
}

// ---- training

ForecastTask::ForecastTask(Splits<SeriesSet> d, SeriesScale s, SeriesForecaster model,
                           ForecastOptions o)
    : data(std::move(d)), scale(std::move(s)), options(o), forecaster(std::move(model)) {}

int64_t ForecastTask::begin_epoch(int64_t epoch) {
  Generator gen(options.seed, stream::forecast_order + static_cast<uint64_t>(epoch));
  batches_ = shuffled_by_length(data.training.lengths(), options.batch_size, gen);
  return static_cast<int64_t>(batches_.size());
}

Task::Batch ForecastTask::loss(int64_t number) {
  const ForecastBatch b =
      forecast_batch(data.training, scale, batches_[static_cast<size_t>(number)]);
  return {forecast_loss((*forecaster)(b.values, b.times, b.lengths), b), b.count,
          std::reduce(b.lengths.begin(), b.lengths.end())};
}

Json ForecastTask::evaluate() {
  Json all;
  all[score()] = figures(data.validated() ? data.valid : data.training).model.loss;
  return all;
}

namespace {

constexpr int64_t enough_losses = 10;

// Sums of squared errors by feature, and losses of `parts` stretches of each series.
struct Squares {
  int64_t parts;
  std::vector<double> sums{}, each{};
  void add(const Tensor& predicted, const ForecastBatch& b) {
    const Tensor wrong = mul(sub(predicted, b.target), b.known).to(DType::f64);
    const std::vector<double> now = sum(mul(wrong, wrong), {0, 1}).to_vector<double>();
    sums.resize(now.size());
    for (size_t f = 0; f < now.size(); ++f) sums[f] += now[f];
    const auto steps = static_cast<size_t>(wrong.size(1));
    const std::vector<double> squares = sum(mul(wrong, wrong), {2}).to_vector<double>();
    const std::vector<double> known = sum(b.known, {2}).to_vector<double>();
    for (size_t i = 0; i < b.lengths.size(); ++i)
      for (int64_t part = 0; part < parts; ++part) {
        double errors = 0, count = 0;
        for (int64_t t = b.lengths[i] * part / parts; t < b.lengths[i] * (part + 1) / parts; ++t) {
          errors += squares[i * steps + static_cast<size_t>(t)];
          count += known[i * steps + static_cast<size_t>(t)];
        }
        if (count > 0) each.push_back(errors / count);
      }
  }
  ForecastFigures::Errors errors(const std::vector<double>& counts,
                                 const SeriesScale& scale) const {
    ForecastFigures::Errors e{.rmse = {}, .each = each};
    double all = 0, count = 0;
    e.rmse.assign(scale.mean.size(), NAN);
    const std::vector<int64_t> numbers = scale.numbers();
    for (size_t c = 0; c < sums.size(); ++c) {
      const auto f = static_cast<size_t>(numbers[c]);
      if (counts[c] > 0) e.rmse[f] = scale.deviation[f] * std::sqrt(sums[c] / counts[c]);
      all += sums[c];
      count += counts[c];
    }
    e.loss = count > 0 ? all / count : 0;
    return e;
  }
};

}  // namespace

ForecastFigures ForecastTask::figures(const SeriesSet& set) const {
  const NoGrad no_grad;
  const int64_t parts = (enough_losses + set.size() - 1) / std::max<int64_t>(set.size(), 1);
  Squares model{parts}, last{parts}, mean{parts};
  std::vector<double> counts(scale.numbers().size());
  for_each_batch("series evaluated", set.size(), 64, [&](const gradus::Batch& members) {
    const ForecastBatch b = forecast_batch(set, scale, members);
    const Tensor predicted = (*forecaster)(b.values, b.times, b.lengths);
    check_answers(predicted, [&](int64_t row) {
      return "series " +
             printable(set.series[static_cast<size_t>(members[static_cast<size_t>(row)])].id);
    });
    model.add(predicted, b);
    last.add(narrow(b.values, 2, 0, b.target.size(2)), b);
    mean.add(zeros_like(b.target), b);
    const std::vector<double> known = sum(b.known, {0, 1}).to_vector<double>();
    for (size_t f = 0; f < counts.size(); ++f) counts[f] += known[f];
  });
  return {model.errors(counts, scale), last.errors(counts, scale), mean.errors(counts, scale)};
}

}  // namespace gradus
