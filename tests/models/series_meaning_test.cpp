// SPDX-License-Identifier: MIT
// The importance of steps, for models whose output is known to depend on a few steps.
#include "models/explain/series_meaning.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "gradus/autograd/node.h"
#include "gradus/data/toy_series.h"
#include "gradus/nn/init.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/schedule.h"
#include "gradus/train/metrics.h"
#include "models/tasks/classify_task.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_series_meaning_test {

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

TEST_CASE("a model that reads only the last step depends on no other") {
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

TEST_CASE("attention is that of the pooling or else of the last layer and sums to 1") {
  const SeriesSet set = churn_series({.customers = 5});
  const SeriesScale scale = series_scale(set);
  for (const auto& [kind, pooling] : {std::pair(SeriesModel::transformer, Pooling::mean),
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

TEST_CASE("a series of one step has no step to leave out") {
  SeriesSet set = churn_series({.customers = 3});
  const SeriesScale scale = series_scale(set);
  set.series[1].times.resize(1);
  set.series[1].values.resize(set.features.size());
  SequenceClassifier model(options(scale, SeriesModel::gru, Pooling::last));
  model.eval();
  const StepMeaning m = step_meaning(model, set, scale, 1);
  CHECK(m.effect == std::vector<double>{0});
  CHECK(m.gradient.size() == 1);
}

TEST_CASE("as if the series ended earlier: the same as a series that does") {
  SeriesSet set = churn_series({.customers = 3});
  const SeriesScale scale = series_scale(set);
  SequenceClassifier model(options(scale, SeriesModel::transformer, Pooling::mean));
  model.eval();
  const StepMeaning at = step_meaning(model, set, scale, 1, 3);
  set.series[1].times.resize(4);
  set.series[1].values.resize(4 * set.features.size());
  const StepMeaning cut = step_meaning(model, set, scale, 1);
  CHECK(at.times == cut.times);
  CHECK(at.attention == cut.attention);
  CHECK(at.effect == cut.effect);
  CHECK(at.gradient == cut.gradient);
  CHECK(has(message_of([&] { step_meaning(model, set, scale, 1, 4); }), "no step 4"));
}

TEST_CASE("means over series average each step over the series that have it") {
  SeriesSet set = churn_series({.customers = 2, .min_weeks = 5});
  set.series[1].times.resize(2);
  set.series[1].values.resize(2 * set.features.size());
  const SeriesScale scale = series_scale(set);
  SequenceClassifier model(options(scale, SeriesModel::gru, Pooling::last));
  model.eval();
  const MeanMeaning m = mean_meaning(model, set, scale, 10);
  const StepMeaning a = step_meaning(model, set, scale, 0), b = step_meaning(model, set, scale, 1);
  CHECK(m.series == 2);
  CHECK(m.attention.empty());
  REQUIRE(m.effect.size() == a.effect.size());
  CHECK(m.effect[1] == Approx((std::abs(a.effect[1]) + std::abs(b.effect[1])) / 2));
  CHECK(m.gradient[3] == Approx(std::abs(a.gradient[3])));
}

// The importance of the weeks to a transformer trained on customers, for new customers.
MeanMeaning learned(bool confounded) {
  const ChurnOptions customers{.customers = 1000, .confounded = confounded, .seed = 0};
  ChurnOptions others = customers;
  others.seed = 1;
  const SeriesSet set = churn_series(customers), test = churn_series(others);
  const SeriesScale scale = series_scale(set);
  manual_seed(0);
  ClassifyTask task(
      {.training = set}, scale,
      SequenceClassifier({.encoder = {.features = scale.width(), .d_model = 32}, .classes = 2}));
  SequenceClassifier& model = *task.classifier;
  AdamW optimizer(model.named_parameters(), {.lr = 1e-3, .weight_decay = 0.01});
  constexpr int64_t epochs = 20;
  Trainer(task, optimizer,
          {.epochs = epochs,
           .clip_norm = 1,
           .schedule = cosine_annealing_lr(epochs * 32),
           .score = task.score(),
           .quiet = true})
      .run();
  return mean_meaning(model, test, scale, 200);
}
size_t top(const std::vector<double>& x) {
  return static_cast<size_t>(std::max_element(x.begin(), x.end()) - x.begin());
}

TEST_CASE("the planted weeks are found: without 4 or 5 the answer changes most") {
  MeanMeaning m = learned(false);
  std::set<size_t> weeks = {top(m.effect)};
  m.effect[top(m.effect)] = 0;
  weeks.insert(top(m.effect));
  CHECK(weeks == std::set<size_t>{3, 4});
  CHECK((top(m.attention) == 3 || top(m.attention) == 4));
}

TEST_CASE("attention and effect differ if a hidden cause shows in several weeks") {
  const MeanMeaning plain = learned(false), misled = learned(true);
  CHECK(rank_correlation(plain.attention, plain.effect).value() > 0.7);
  CHECK(plain.effect[top(plain.attention)] > 0.1);
  CHECK(misled.attention[top(misled.attention)] > 0.13);
  CHECK(misled.effect[top(misled.attention)] < 0.05);  // each sign can be missed
  CHECK(misled.effect[top(misled.effect)] < 0.05);
}

}  // namespace models_series_meaning_test
