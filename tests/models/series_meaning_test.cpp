// SPDX-License-Identifier: MIT
// What a step meant: against models whose answer is known to depend on some steps alone.
#include "models/series_meaning.h"

#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/data/toy_series.h"
#include "gradus/nn/init.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace {

SequenceClassifierOptions options(const SeriesScale& scale, SeriesModel model, Pooling pooling) {
  return {.encoder = {.features = scale.width(),
                      .model = model,
                      .d_model = 8,
                      .nhead = 2,
                      .layers = 1,
                      .dim_feedforward = 8,
                      .dropout = 0},
          .classes = 2,
          .pooling = pooling};
}

}  // namespace

TEST_CASE("a model that reads each step by itself and keeps the last one needs no other") {
  const SeriesSet set = churn_series({.customers = 5});
  const SeriesScale scale = series_scale(set);
  manual_seed(1);
  SequenceClassifier model(options(scale, SeriesModel::mlp, Pooling::last));
  model.eval();
  const StepMeaning m = step_meaning(model, set, scale, 2);
  REQUIRE(m.times == set.series[2].times);
  CHECK(m.attention.empty());
  CHECK((m.probability >= 0.5 && m.probability <= 1));
  for (size_t t = 0; t + 1 < m.times.size(); ++t) {
    CHECK(std::abs(m.effect[t]) < 1e-6);
    CHECK(m.gradient[t] == 0);
  }
  CHECK(std::abs(m.effect.back()) > 1e-6);
  CHECK(std::abs(m.gradient.back()) > 1e-6);
}

TEST_CASE("attention is that of the pooling, else of the last layer, and sums to 1") {
  const SeriesSet set = churn_series({.customers = 5});
  const SeriesScale scale = series_scale(set);
  for (const auto& [kind, pooling] :
       {std::pair(SeriesModel::transformer, Pooling::mean),
        std::pair(SeriesModel::transformer, Pooling::attention),
        std::pair(SeriesModel::gru, Pooling::attention)}) {
    manual_seed(1);
    SequenceClassifier model(options(scale, kind, pooling));
    model.eval();
    const StepMeaning m = step_meaning(model, set, scale, 0);
    REQUIRE(m.attention.size() == m.times.size());
    double sum = 0;
    for (double w : m.attention) sum += w;
    CHECK(std::abs(sum - 1) < 1e-6);
  }
}

TEST_CASE("a series of one step has nothing to leave out") {
  SeriesSet set = churn_series({.customers = 3});
  const SeriesScale scale = series_scale(set);
  set.series[1].times.resize(1), set.series[1].values.resize(set.features.size());
  SequenceClassifier model(options(scale, SeriesModel::gru, Pooling::last));
  model.eval();
  const StepMeaning m = step_meaning(model, set, scale, 1);
  CHECK(m.effect == std::vector<double>{0});
  CHECK(m.gradient.size() == 1);
}
