// SPDX-License-Identifier: MIT
// Forecasts of series: no model sees the future, targets are the next known values, and the errors
// of the simple forecasts equal those computed by hand.
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/init.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "models/tasks/forecast_task.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_forecast_test {

constexpr SeriesModel causal_models[] = {SeriesModel::transformer, SeriesModel::gru,
                                         SeriesModel::lstm, SeriesModel::rnn, SeriesModel::tcn};

SeriesForecasterOptions options(SeriesModel model) {
  return {.encoder = {.features = 3,
                      .model = model,
                      .d_model = 8,
                      .nhead = 2,
                      .layers = 2,
                      .dim_feedforward = 12,
                      .dropout = 0,
                      .causal = model == SeriesModel::transformer},
          .outputs = 2};
}

Series series(const std::string& id, std::vector<double> values, size_t width) {
  Series s{.id = id, .times = {}, .values = std::move(values), .label = 0};
  for (size_t t = 0; t < s.values.size() / width; ++t) s.times.push_back(static_cast<double>(t));
  return s;
}

SeriesSet set_of(std::vector<std::string> features, std::vector<Series> all) {
  SeriesSet set;
  set.features = std::move(features);
  set.classes = {""};
  set.series = std::move(all);
  return set;
}

TEST_CASE("a forecast depends on no later step and no padding") {
  for (const SeriesModel model : causal_models) {
    INFO(static_cast<int>(model));
    const DefaultDType wide(DType::f64);
    Generator gen(3);
    SeriesForecaster f(options(model), gen);
    CHECK(f.count() == parameter_count<SeriesForecaster>(options(model)));
    Tensor x = randn({2, 6, 3}, gen);
    Tensor times = zeros({2, 6}, DType::f64);
    for (int64_t i = 0; i < 12; ++i) times.mutable_data<double>()[i] = static_cast<double>(i % 6);
    x.requires_grad_();
    sum(narrow(f(x, times, {6, 4}), 1, 0, 3)).backward();
    const Tensor later = narrow(x.grad(), 1, 3, 3), before = narrow(x.grad(), 1, 0, 3);
    for (double g : later.to_vector<double>()) CHECK(g == 0);
    double size = 0;
    for (double g : before.to_vector<double>()) size += std::abs(g);
    CHECK(size > 0);
    // Another f with the same weights; initially the skip has no effect.
    const SeriesForecaster same = f.clone();
    CHECK(same(x, times, {6, 4}).to_vector<double>() == f(x, times, {6, 4}).to_vector<double>());
    for (double w : f.skip.weight.to_vector<double>()) CHECK(w == 0);
  }
}

TEST_CASE("a forecaster that would see the future is refused") {
  Generator gen;
  SeriesForecasterOptions o = options(SeriesModel::transformer);
  o.encoder.causal = false;
  CHECK(has(message_of([&] { SeriesForecaster(o, gen); }), "expected causal = true"));
  o = options(SeriesModel::gru);
  o.encoder.bidirectional = true;
  CHECK(has(message_of([&] { SeriesForecaster(o, gen); }), "later steps"));
}

TEST_CASE("targets are the next values where they are known") {
  const SeriesSet set =
      set_of({"x", "flat"}, {series("a", {1, 5, 2, 5, NAN, 5, 4, 5}, 2), series("b", {3, 5}, 2)});
  const SeriesScale scale = series_scale(set);
  const ForecastBatch b = forecast_batch(set, scale, std::vector<int64_t>{0, 1});
  CHECK(b.values.shape() == Shape{2, 3, 2});
  CHECK(b.target.shape() == Shape{2, 3, 2});
  CHECK(b.lengths == std::vector<int64_t>{3, 0});
  CHECK(b.count == 2);  // not the empty cell, nor the constant column
  CHECK(b.known.to_vector<double>() == std::vector<double>{1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0});
  const double second = (2 - scale.mean[0]) / scale.deviation[0];
  CHECK(std::abs(b.target.to_vector<double>()[0] - second) < 1e-6);
  CHECK(std::abs(b.values.to_vector<double>()[2] - second) < 1e-6);
  const Tensor nothing = zeros({2, 3, 2});
  const double fourth = (4 - scale.mean[0]) / scale.deviation[0];
  CHECK(std::abs(forecast_loss(nothing, b).item() - (second * second + fourth * fourth) / 2) <
        1e-6);
  const ForecastBatch none = forecast_batch(set, scale, std::vector<int64_t>{1});
  CHECK(none.values.shape() == Shape{1, 0, 2});
  CHECK(forecast_loss(none.target, none).item() == 0);
}

TEST_CASE("windows forecast each step once; held-out ends start after the rest") {
  const SeriesSet set = set_of(
      {"x"}, {series("a", {0, 1, 2, 3, 4, 5, 6}, 1), series("b", {9}, 1), series("c", {7, 8}, 1)});
  const SeriesSet pieces = windows(set, 3);
  REQUIRE(pieces.size() == 4);
  CHECK(pieces.series[0].values == std::vector<double>{0, 1, 2});
  CHECK(pieces.series[1].values == std::vector<double>{2, 3, 4});
  CHECK(pieces.series[2].times == std::vector<double>{4, 5, 6});
  CHECK(pieces.series[3].id == "c");
  CHECK(windows(set, 100).size() == 2);
  CHECK(has(message_of([&] { windows(set, 1); }), "expected 2 or more"));

  SeriesSet rest = set;
  const SeriesSet ends = take_out_ends(rest, 0.3);
  REQUIRE(ends.size() == 1);
  CHECK(rest.size() == 3);
  CHECK(rest.series[0].values == std::vector<double>{0, 1, 2, 3, 4});
  CHECK(ends.series[0].values == std::vector<double>{4, 5, 6});
  CHECK(has(message_of([&] { take_out_ends(rest, 1); }), "expected more than 0 and less than 1"));
}

TEST_CASE("errors in original units and those of the last value and the mean") {
  // Rising by 2: "as now" is wrong by 2 each time; the mean of 0, 2, 4 is 2, wrong by 0 and 2.
  const SeriesSet set = set_of({"x"}, {series("a", {0, 2, 4}, 1)});
  const SeriesScale scale = series_scale(set);
  SeriesForecasterOptions o = options(SeriesModel::gru);
  o.encoder.features = o.outputs = 1;
  Generator gen(5);
  ForecastTask task({.training = set}, scale, SeriesForecaster(o, gen), {.batch_size = 2});
  SeriesForecaster& model = *task.forecaster;
  model.eval();
  const ForecastFigures f = task.figures(set);
  CHECK(std::abs(f.last_value.rmse[0] - 2) < 1e-6);
  CHECK(std::abs(f.mean.rmse[0] - std::sqrt(2.0)) < 1e-6);
  CHECK(std::abs(f.mean.loss - 2 / (8.0 / 3)) < 1e-6);
  const ForecastBatch b = forecast_batch(set, scale, std::vector<int64_t>{0});
  const NoGrad no_grad;
  const double loss = forecast_loss(model(b.values, b.times, b.lengths), b).item();
  CHECK(std::abs(f.model.loss - loss) < 1e-6);
  CHECK(std::abs(task.evaluate().at("fit_loss").number() - loss) < 1e-6);
}

}  // namespace models_forecast_test
