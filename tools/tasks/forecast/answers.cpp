// SPDX-License-Identifier: MIT
// Draws forecasts of one step over the true values.
#include "tools/tasks/forecast/answers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "gradus/autograd/node.h"
#include "gradus/base/error.h"
#include "gradus/ops/view.h"
#include "gradus/train/stop.h"
#include "models/explain/series_explain.h"

namespace gradus::tools {
namespace {

constexpr int64_t most = 500, most_shown = 6;
constexpr size_t most_features = 3;

struct Forecast {
  int64_t series;
  double loss;
};

// The loss of each series, the largest first.
std::vector<Forecast> losses(const ForecastTask& task, const SeriesSet& set) {
  std::vector<Forecast> all;
  const std::vector<int64_t> members = evenly_spread(set.size(), most);
  StoppablePhase phase("series forecast", std::ssize(members));
  for (int64_t i : members) {
    phase.at(std::ssize(all));
    const ForecastBatch b = forecast_batch(set, task.scale, std::vector<int64_t>{i});
    if (b.count > 0)
      all.push_back({i, forecast_loss((*task.forecaster)(b.values, b.times, b.lengths), b).item()});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Forecast& a, const Forecast& b) { return a.loss > b.loss; });
  return all;
}

// The true values of a feature, and the forecasts of all steps but the first.
LineChart chart_of(const SeriesSet& set, const SeriesScale& scale, const Series& s, size_t feature,
                   const Tensor& predicted, int64_t column) {
  LineChart c{.title = printable(set.features[feature], 60),
              .x_axis = set.time_dates ? "step" : "time",
              .y_axis = "value",
              .from_zero = false,
              .lines = {{.name = "true"}, {.name = "forecast"}}};
  for (size_t t = 0; t < s.times.size(); ++t) {
    const double time = set.time_dates ? static_cast<double>(t) : s.times[t];
    c.lines[0].x.push_back(time);
    c.lines[0].y.push_back(s.values[t * set.features.size() + feature]);
    if (t == 0) continue;
    const Tensor at =
        select(select(select(predicted, 0, 0), 0, static_cast<int64_t>(t) - 1), 0, column);
    c.lines[1].x.push_back(time);
    c.lines[1].y.push_back(scale.mean[feature] + scale.deviation[feature] * at.item());
  }
  return c;
}

ShownAnswer shown(const ForecastTask& task, const SeriesSet& set, const Forecast& f) {
  const Series& s = set.series[static_cast<size_t>(f.series)];
  char loss[60];
  std::snprintf(loss, sizeof loss, "loss %.3g", f.loss);
  ShownAnswer a{.name = "series " + s.id, .score = loss};
  const ForecastBatch b = forecast_batch(set, task.scale, std::vector<int64_t>{f.series});
  const Tensor predicted = (*task.forecaster)(b.values, b.times, b.lengths);
  const std::vector<int64_t> numbers = task.scale.numbers();
  for (size_t c = 0; c < numbers.size() && a.drawings.size() < most_features; ++c) {
    const auto feature = static_cast<size_t>(numbers[c]);
    if (set.is_number(feature) && std::isfinite(task.scale.deviation[feature]))
      a.drawings.push_back(
          chart_of(set, task.scale, s, feature, predicted, static_cast<int64_t>(c)));
  }
  return a;
}

}  // namespace

Answers forecast_answers(const ForecastTask& task) {
  const NoGrad no_grad;
  const SeriesSet& set = task.data.evaluated();
  Answers a{.on = task.data.evaluated_name()};
  const std::vector<Forecast> all = losses(task, set);
  for (int64_t i : evenly_spread(std::ssize(all), most_shown))
    a.shown.push_back(shown(task, set, all[static_cast<size_t>(i)]));
  a.order = text({"Forecasts of one step for ", a.shown.size(), " of ", all.size(),
                  " series (longer series in pieces), from the largest loss to the smallest. "
                  "Each forecast sees the true values of all steps before it."});
  return a;
}

}  // namespace gradus::tools
