// SPDX-License-Identifier: MIT
// Models of series with embedded categories: sizes, gradients, and missing categories.
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "models/sequence_classifier.h"
#include "models/series_forecaster.h"
#include "models/tasks/series_baseline.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_series_text_test {

constexpr SeriesModel kinds[] = {SeriesModel::transformer, SeriesModel::gru, SeriesModel::lstm,
                                 SeriesModel::rnn,         SeriesModel::tcn, SeriesModel::mlp};

// Two plain columns, and two with the numbers of categories.
SequenceClassifierOptions options(SeriesModel model) {
  return {.encoder = {.features = 4,
                      .embedded = {30, 7},
                      .model = model,
                      .d_model = 8,
                      .nhead = 2,
                      .layers = 1,
                      .dim_feedforward = 12,
                      .dropout = 0},
          .classes = 3};
}

Tensor example(Generator& gen) {
  Tensor x = randn({2, 3, 4}, gen, DType::f64);
  double* v = x.mutable_data<double>();
  for (int64_t i = 0; i < 6; ++i) {
    v[4 * i + 2] = static_cast<double>(i * 5);
    v[4 * i + 3] = static_cast<double>(i + 1);
  }
  return x;
}

TEST_CASE("embedded categories: every kind of model counts its parameters and has gradients",
          "[models][gradcheck]") {
  Generator gen(3);
  const Tensor values = example(gen), times = cumsum(rand({2, 3}, gen, DType::f64), 1);
  for (const SeriesModel kind : kinds) {
    INFO(static_cast<int>(kind));
    SequenceClassifier model(options(kind));
    CHECK(parameter_count<SequenceClassifier>(model.options) == model.count());
    const CheckedFunction call = [&](Inputs) { return Tensors{model(values, times, {3, 2})}; };
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const DirectionalCheck r = directional_gradcheck(model, call, {}, seed, 1e-6);
      INFO("seed " << seed << ": " << r.analytic << " and " << r.numeric);
      CHECK(r.verdict == Verdict::pass);
    }
  }
  SeriesEncoderOptions causal = options(SeriesModel::tcn).encoder;
  SeriesForecaster forecaster({.encoder = causal, .outputs = 2});
  CHECK(parameter_count<SeriesForecaster>(forecaster.options) == forecaster.count());
}

TEST_CASE("embedded categories: one vector each; zeros for none; gradients by column", "[models]") {
  const SeriesEncoder model(options(SeriesModel::gru).encoder);
  CHECK(embedding_width(30) == 5);
  CHECK(embedding_width(7) == 4);
  CHECK(read_width(model.options) == 2 + 5 + 4);
  Generator gen(3);
  Tensor values = example(gen).to(DType::f32);
  const Tensor plain = model.read(values);
  CHECK(worst_gap(narrow(plain, 2, 0, 2), narrow(values, 2, 0, 2)) == 0);
  for (double v : select(select(narrow(plain, 2, 2, 5), 0, 0), 0, 0).to_vector<double>())
    CHECK(v == 0);  // the first step has category 0: none
  CHECK(worst_gap(select(select(narrow(plain, 2, 2, 5), 0, 0), 0, 1),
                  select(model.categories[0].weight, 0, 5)) == 0);
  values.requires_grad_();
  const Tensor read = model.read(values);
  CHECK(worst_gap(read.detach(), plain) == 0);
  const Tensor slope = randn(read.shape(), gen);
  const Tensor by_column = mul(grad(sum(mul(read, slope)), values), values.detach());
  const Tensor by_vector = sum(mul(narrow(slope, 2, 2, 5), narrow(plain, 2, 2, 5)), {2});
  CHECK(worst_gap(select(by_column, 2, 2), by_vector) < 1e-5);
  CHECK(has(message_of([&] { model.read(full({1, 1, 4}, 31)); }), "31"));
  CHECK(has(message_of([&] { model.read(zeros({1, 1, 3})); }), "expected [B, T, 4]"));
}

TEST_CASE("the summary of a series has shares of its categories", "[models]") {
  std::string csv = "id,time,plan,x,city,label\n";
  for (int i = 0; i < 50; ++i)
    for (int t = 0; t < 4; ++t)
      csv += std::to_string(i) + "," + std::to_string(t) + "," + (t < 3 ? "pro" : "basic") + "," +
             std::to_string((i + t) % 5) + ",c" + std::to_string(10 + (i + t / 2) % 25) + "," +
             (i % 2 ? "a" : "b") + "\n";
  const SeriesSet set = training_series(CsvTable::parse(csv, "f.csv"));
  const Tensor rows = series_summary(set, series_scale(set));
  REQUIRE(rows.shape() == Shape{50, 6 + 2 * 2 + 25 + 1});
  const std::vector<double> first = select(rows, 0, 0).to_vector<double>();
  CHECK(first[6] == 0.25);  // basic, and at the last step
  CHECK(first[7] == 1);
  CHECK(first[8] == 0.75);
  CHECK(first[9] == 0);
  CHECK(first[10] == 0.5);
  CHECK(first[11] == 0.5);
  CHECK(first[12] == 0);
}

}  // namespace models_series_text_test
