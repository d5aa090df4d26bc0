// SPDX-License-Identifier: MIT
// Losses, figures and simple models for numbers.
#include "models/tasks/regress_task.h"

#include <cmath>

#include "gradus/autograd/gradcheck.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/tensor.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_regress_task_test {

// Series of one step whose value and target are given.
SeriesSet set_of(const std::vector<double>& x, const std::vector<double>& y) {
  SeriesSet s;
  s.features = {"x"};
  s.classes = {""};
  s.targets = {"y"};
  for (size_t i = 0; i < x.size(); ++i)
    s.series.push_back(
        {.id = std::to_string(i), .times = {0}, .values = {x[i]}, .targets = {y[i]}});
  return s;
}

TEST_CASE("quantile loss: values and gradient", "[models]") {
  const Tensor target = tensor({{1.0}, {4.0}}, DType::f64);
  const Tensor x = tensor({{0.0, 2.0}, {5.0, 4.0}}, DType::f64);
  // d = 1, -1, -1, 0 with q = 0.1, 0.9: 0.1, 0.1, 0.9, 0
  CHECK(quantile_loss(x, target, {0.1, 0.9}).item() == Approx((0.1 + 0.1 + 0.9 + 0) / 4));
  const auto loss = [](Inputs in) -> Tensors {
    return {quantile_loss(in[0], tensor({{1.0}, {4.0}}, in[0].dtype()), {0.1, 0.5, 0.9})};
  };
  const Tensor away = tensor({{0.3, 1.6, 2.0}, {3.0, 4.6, 5.1}}, DType::f64);
  CHECK(gradcheck(loss, {away}).verdict == Verdict::pass);
}

TEST_CASE("figures of numbers are in the unit of the target", "[models]") {
  const SeriesSet s = set_of({0, 0, 0, 0}, {10, 20, 30, 40});
  const TargetScale scale = target_scale(s);
  CHECK(scale.mean[0] == 25);
  CHECK(scale.deviation[0] == Approx(std::sqrt(125.0)));
  const double d = scale.deviation[0];
  const Tensor x =
      tensor({{(12 - 25) / d}, {(20 - 25) / d}, {(30 - 25) / d}, {(36 - 25) / d}}, DType::f64);
  const RegressFigures f = regress_figures(x, s, scale, {});
  CHECK(f.targets[0].mae == Approx(1.5));
  CHECK(f.targets[0].rmse == Approx(std::sqrt(5.0)));
  CHECK(f.targets[0].r2 == Approx(1 - 20.0 / 500));
  CHECK(f.loss == Approx(5.0 / 125));
  CHECK(f.each[0] == Approx(4.0 / 125));
}

TEST_CASE("coverage counts values at or below each quantile", "[models]") {
  const SeriesSet s = set_of({0, 0, 0, 0}, {1, 2, 3, 4});
  const TargetScale scale{{0}, {1}};
  const RegressOptions o{.loss = RegressLoss::quantile, .quantiles = {0.1, 0.5, 0.9}};
  const Tensor row = tensor({{1.0, 2.5, 3.5}}, DType::f64);
  const Tensor x = contiguous(broadcast_to(row, {4, 3}));
  const RegressFigures f = regress_figures(x, s, scale, o);
  CHECK(f.targets[0].coverage == std::vector<double>{0.25, 0.5, 0.75});
  CHECK(f.targets[0].width == Approx(2.5));
  CHECK(f.targets[0].mae == Approx((1.5 + 0.5 + 0.5 + 1.5) / 4));
}

TEST_CASE("the best constants: mean and median and quantiles", "[models]") {
  const SeriesSet s = set_of({0, 0, 0, 0, 0}, {0, 0, 1, 2, 12});
  const TargetScale scale{{3}, {1}};
  CHECK(constant_outputs(s, scale, {}).item() == 0);
  CHECK(constant_outputs(s, scale, {.loss = RegressLoss::l1}).item() == 1 - 3);
  const Tensor q =
      constant_outputs(s, scale, {.loss = RegressLoss::quantile, .quantiles = {0.25, 0.875}});
  CHECK(q.to_vector<double>() == std::vector<double>{0 - 3, 7 - 3});
}

TEST_CASE("ridge regression finds a line and shrinks with its penalty", "[models]") {
  Generator gen(1);
  const int64_t n = 60, p = 4;
  const Tensor x = randn({n, p}, gen, DType::f64);
  const Tensor w = tensor({{1.0}, {-2.0}, {0.5}, {3.0}}, DType::f64);
  const Tensor y = matmul(x, w) + 7.0;
  const RidgeFit fit = fit_ridge(x, y);
  CHECK(fit.penalty == Approx(0.1));
  for (int64_t i = 0; i < p; ++i)
    CHECK(select(select(fit.weight, 0, 0), 0, i).item() ==
          Approx(select(select(w, 0, i), 0, 0).item()).epsilon(0.02));
  CHECK(fit.bias.item() == Approx(7).epsilon(0.01));
  const Tensor noise = randn({40, 1}, gen, DType::f64);  // nothing to learn
  CHECK(fit_ridge(randn({40, 20}, gen, DType::f64), noise).penalty > 1);
}

TEST_CASE("ridge regression with more columns than rows solves the dual problem", "[models]") {
  Generator gen(2);
  const Tensor x = randn({20, 50}, gen, DType::f64), y = randn({20, 2}, gen, DType::f64);
  const RidgeFit fit = fit_ridge(x, y);
  CHECK(fit.weight.shape() == Shape{2, 50});
  for (double v : fit.weight.to_vector<double>()) CHECK(std::isfinite(v));
}

TEST_CASE("solve_positive inverts and refuses a matrix that is not positive", "[models]") {
  const Tensor a = tensor({{4.0, 2.0}, {2.0, 3.0}}, DType::f64);
  const Tensor z = solve_positive(a, tensor({{2.0}, {5.0}}, DType::f64));
  const Tensor back = matmul(a, z);
  CHECK(select(back, 0, 0).item() == Approx(2));
  CHECK(select(back, 0, 1).item() == Approx(5));
  CHECK(has(message_of<std::invalid_argument>([] {
              solve_positive(tensor({{1.0, 2.0}, {2.0, 1.0}}, DType::f64),
                             tensor({{1.0}, {1.0}}, DType::f64));
            }),
            "not positive definite at row 1"));
}

}  // namespace models_regress_task_test
