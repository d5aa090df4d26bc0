// SPDX-License-Identifier: MIT
// Occlusion and gradients by column, for models with known outputs and a planted cause.
#include "models/explain/series_explain.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "gradus/data/toy_series.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/schedule.h"
#include "models/tasks/classify_task.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_series_explain_test {

SeriesSet three_series() {
  SeriesSet set;
  set.features = {"a", "b", "flat"}, set.classes = {"no", "yes"};
  for (int i = 0; i < 3; ++i) {
    Series s;
    s.id = "s" + std::to_string(i);
    s.label = i % 2;
    for (int t = 0; t < 3 + i; ++t) {
      s.times.push_back(t);
      for (double v : {0.5 * i + t, 2.0 - 0.3 * t * i, 7.0}) s.values.push_back(v);
    }
    set.series.push_back(s);
  }
  return set;
}

// A forecast of 2 a - b, summed over the steps that are there.
SeriesAnswer linear_answer() {
  SeriesAnswer answer;
  answer.outputs = [](const Tensor& values, const Tensor&, const std::vector<int64_t>&) {
    const Tensor y = sub(mul(select(values, 2, 0), 2), select(values, 2, 1));
    return sum(y, {1}, true);
  };
  answer.names = {"y"}, answer.unit = {10};
  return answer;
}

TEST_CASE("columns of the inputs: masks belong to their column; constant columns are omitted",
          "[explain]") {
  SeriesSet set = three_series();
  set.series[1].values[3] = NAN;
  set.series[1].times[2] = 9;
  set.series[1].times[3] = 10;
  const SeriesScale scale = series_scale(set, {.missing_mask = true});
  const std::vector<InputColumn> columns = input_columns(scale, set, "week");
  REQUIRE(columns.size() == 3);
  CHECK(columns[0].name == "a");
  CHECK(columns[0].inputs == std::vector<int64_t>{0, 4});
  CHECK(columns[1].inputs == std::vector<int64_t>{1});
  CHECK(columns[2].name == "week (gap)");
  CHECK(columns[2].inputs == std::vector<int64_t>{3});
  CHECK(columns[2].baseline[0] == Approx(std::log(2)));
}

TEST_CASE("all inputs of a text column are replaced together", "[explain]") {
  SeriesSet set = three_series();
  set.categories[1] = {"basic", "gold", "none"};
  for (size_t c = 0; c < 30; ++c) set.categories[2].push_back("region " + std::to_string(c));
  for (Series& s : set.series)
    for (size_t i = 0; i < s.values.size(); i += 3) {
      s.values[i + 1] = static_cast<double>(i % 2);
      s.values[i + 2] = static_cast<double>(i);
    }
  const SeriesScale scale = series_scale(set, {.time_gap = SeriesExtras::TimeGap::yes});
  const std::vector<InputColumn> columns = input_columns(scale, set, "week");
  REQUIRE(columns.size() == 4);
  CHECK(columns[0].inputs == std::vector<int64_t>{0});
  CHECK(columns[1].inputs == std::vector<int64_t>{2, 3, 4});  // one for each category
  CHECK(columns[2].inputs == std::vector<int64_t>{5});        // embedded
  CHECK(columns[3].inputs == std::vector<int64_t>{1});        // the gap
  CHECK(scale.width() == 6);
  CHECK(columns[1].baseline_text == "no category");
}

TEST_CASE("for a linear model occlusion and gradient x input are its terms", "[explain]") {
  const DefaultDType wide(DType::f64);
  const SeriesSet set = three_series();
  const SeriesScale scale = series_scale(set);
  const std::vector<InputColumn> columns = input_columns(scale, set, "time");
  REQUIRE(columns.size() == 2);
  const SeriesExplanation e = explain_series(linear_answer(), columns, set, scale, 1, 0);
  REQUIRE(e.cells.size() == 8);
  double whole = 0;
  for (size_t t = 0; t < 4; ++t) {
    const double a = (set.series[1].values[3 * t] - scale.mean[0]) / scale.deviation[0];
    const double b = (set.series[1].values[3 * t + 1] - scale.mean[1]) / scale.deviation[1];
    CHECK(e.cells[2 * t] == Approx(20 * a).margin(1e-9));
    CHECK(e.cells[2 * t + 1] == Approx(-10 * b).margin(1e-9));
    CHECK(e.gradient[2 * t] == Approx(20 * a).margin(1e-9));
    CHECK(e.gradient[2 * t + 1] == Approx(-10 * b).margin(1e-9));
    CHECK(e.steps[t] == Approx(20 * a - 10 * b).margin(1e-9));
    whole += 20 * a - 10 * b;
  }
  CHECK(e.answer == Approx(whole));
  CHECK(e.columns[0] + e.columns[1] == Approx(whole));
}

TEST_CASE("a column of several inputs is replaced as one", "[explain]") {
  const SeriesSet set = three_series();
  const SeriesScale scale = series_scale(set);
  const std::vector<InputColumn> both = {{"ab", 0, {0, 1}, {0.25, -1}, "x"}};
  const SeriesExplanation e = explain_series(linear_answer(), both, set, scale, 0, 0);
  REQUIRE(e.columns.size() == 1);
  const double baseline = 3 * 10 * (2 * 0.25 + 1);
  CHECK(e.columns[0] == Approx(e.answer - baseline).epsilon(1e-5));
  double sum = 0;
  for (double g : e.gradient) sum += g;
  CHECK(sum == Approx(e.columns[0]).epsilon(1e-5));
}

TEST_CASE("a model without gradients is explained only by occlusion", "[explain]") {
  const SeriesSet set = three_series();
  const SeriesScale scale = series_scale(set);
  SeriesAnswer answer = linear_answer();
  answer.gradients = false;
  const auto columns = input_columns(scale, set, "time");
  CHECK(explain_series(answer, columns, set, scale, 0, 0).gradient.empty());
  const SeriesImportance all = explain_set(answer, columns, set, scale, {0, 2}, {0, 0});
  CHECK(all.gradient.empty());
  CHECK(all.columns.size() == 2);
  CHECK(all.steps.size() == 5);
}

TEST_CASE("means over a set average each step over the series that have it", "[explain]") {
  const SeriesSet set = three_series();
  const SeriesScale scale = series_scale(set);
  const auto columns = input_columns(scale, set, "time");
  const SeriesAnswer answer = linear_answer();
  const SeriesImportance all = explain_set(answer, columns, set, scale, {0, 2}, {0, 0});
  const SeriesExplanation a = explain_series(answer, columns, set, scale, 0, 0);
  const SeriesExplanation b = explain_series(answer, columns, set, scale, 2, 0);
  CHECK(all.columns[1] == Approx((std::abs(a.columns[1]) + std::abs(b.columns[1])) / 2));
  CHECK(all.steps[2] == Approx((std::abs(a.steps[2]) + std::abs(b.steps[2])) / 2));
  CHECK(all.steps[4] == Approx(std::abs(b.steps[4])));
  CHECK(evenly_spread(10, 3) == std::vector<int64_t>{0, 3, 6});
  CHECK(evenly_spread(2, 5) == std::vector<int64_t>{0, 1});
}

std::vector<size_t> first_two(const std::vector<double>& x) {
  std::vector<size_t> order(x.size());
  for (size_t i = 0; i < x.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return x[a] > x[b]; });
  order.resize(2);
  return order;
}

TEST_CASE("a planted cause is found: its column and its weeks rank first", "[explain]") {
  const SeriesSet set = churn_series({.customers = 800, .seed = 0});
  const SeriesSet test = churn_series({.customers = 60, .seed = 1});
  const SeriesScale scale = series_scale(set);
  const auto columns = input_columns(scale, set, "time");
  for (const SeriesModel kind : {SeriesModel::transformer, SeriesModel::gru}) {
    manual_seed(0);
    ClassifyTask task(
        {.training = set}, scale,
        SequenceClassifier(
            {.encoder = {.features = scale.width(), .model = kind, .d_model = 32, .layers = 1},
             .classes = 2}));
    SequenceClassifier& model = *task.classifier;
    AdamW optimizer(model.named_parameters(), {.lr = 3e-3, .weight_decay = 0.01});
    constexpr int64_t epochs = 15;
    Trainer(task, optimizer,
            {.epochs = epochs,
             .clip_norm = 1,
             .schedule = cosine_annealing_lr(epochs * 25),
             .score = task.score(),
             .quiet = true})
        .run();
    model.eval();
    SeriesAnswer answer;
    answer.outputs = [&](const Tensor& values, const Tensor& times,
                         const std::vector<int64_t>& lengths) {
      return model(values, times, lengths);
    };
    answer.names = test.classes;
    std::vector<int64_t> members = evenly_spread(test.size(), 60), of(members.size(), 1);
    const SeriesImportance all = explain_set(answer, columns, test, scale, members, of);
    INFO("model " << static_cast<int>(kind));
    CHECK(first_two(all.columns)[0] == 0);  // satisfaction
    CHECK(first_two(all.gradient)[0] == 0);
    const std::vector<size_t> weeks = first_two(all.steps);
    CHECK(std::set<size_t>(weeks.begin(), weeks.end()) == std::set<size_t>{3, 4});
  }
}

}  // namespace models_series_explain_test
