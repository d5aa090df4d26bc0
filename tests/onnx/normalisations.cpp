// SPDX-License-Identifier: MIT
// ONNX's normalisations.
#include "gradus/ops/elementwise.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

// [C] -> [C, 1, ...], for a tensor [B, C, ...].
Tensor by_channel(const Tensor& w, const Tensor& x) {
  Shape shape = Shape::filled(x.dim() - 1, 1);
  shape[0] = w.numel();
  return reshape(w, shape);
}

Shape tail(const Tensor& x, int axis) {
  Shape shape;
  for (int i = checked_axis("axis", axis, x.shape()); i < x.dim(); ++i) shape.push_back(x.size(i));
  return shape;
}

void check_precision(Case& c) {
  c.only("stash_type", 1, "gradus takes the statistics in one precision");
}

Results layer(Case& c) {
  check_precision(c);
  const Tensor x = c.in(0);
  const int axis = checked_axis("LayerNormalization", c.axis(-1), x.shape());
  const double eps = c.number("epsilon", 1e-5);
  Results y = {layer_norm(x, tail(x, axis), c.in(1), c.optional(2), eps)};
  Axes axes;
  for (int i = axis; i < x.dim(); ++i) axes.push_back(i);
  if (c.outputs() > 1) y.push_back(mean(x, axes, true));
  if (c.outputs() > 2) y.push_back(1.0 / sqrt(var(x, axes, 0, true) + eps));
  return y;
}

Results rms(Case& c) {
  check_precision(c);
  const Tensor x = c.in(0);
  return {rms_norm(x, tail(x, c.axis(-1)), c.in(1), c.number("epsilon", 1e-5))};
}

Results batch(Case& c) {
  c.only("training_mode", 0, "gradus has no batch normalisation that trains");
  c.find("momentum");  // of training alone
  const Tensor x = c.in(0);
  const auto w = [&](size_t k) { return by_channel(c.in(k), x); };
  return {(x - w(3)) / sqrt(w(4) + c.number("epsilon", 1e-5)) * w(1) + w(2)};
}

// Groups of channels are rows.
Tensor grouped(const Tensor& x, int64_t groups, double eps, const Tensor& w, const Tensor& b) {
  const int64_t width = x.numel() / (x.size(0) * groups);
  const Tensor rows = reshape(x, {x.size(0), groups, width});
  const Tensor y = reshape(layer_norm(rows, {width}, {}, {}, eps), x.shape());
  return y * by_channel(w, x) + by_channel(b, x);
}

Results instance(Case& c) {
  const Tensor x = c.in(0);
  return {grouped(x, x.size(1), c.number("epsilon", 1e-5), c.in(1), c.in(2))};
}

Results group(Case& c) {
  check_precision(c);
  return {grouped(c.in(0), c.integer("num_groups"), c.number("epsilon", 1e-5), c.in(1), c.in(2))};
}

Results lp(Case& c) {
  const Tensor x = c.in(0);
  const int64_t p = c.integer("p", 2);
  if (p != 1 && p != 2) skip({"p = ", p, " is not known"});
  const Axes axes = {c.axis(-1)};
  const Tensor norm = p == 1 ? sum(abs(x), axes, true) : sqrt(sum(x * x, axes, true));
  return {x / masked_fill(norm, eq(norm, 0), 1)};
}

Results mean_variance(Case& c) {
  const Tensor x = c.in(0);
  const Axes axes(c.list("axes", {0, 2, 3}));
  return {(x - mean(x, axes, true)) / (std_(x, axes, 0, true) + 1e-9)};
}

const Operator normalisation_operators[] = {
    {"BatchNormalization", 15, batch},
    {"GroupNormalization", 21, group},
    {"InstanceNormalization", 22, instance},
    {.name = "LayerNormalization", .since = 17, .run = layer},
    {"LpNormalization", 22, lp},
    {"MeanVarianceNormalization", 13, mean_variance},
    {"RMSNormalization", 23, rms},
};

}  // namespace

Operators normalisations() { return normalisation_operators; }

}  // namespace gradus::tests::onnx
