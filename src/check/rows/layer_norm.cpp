// SPDX-License-Identifier: MIT
// Rows of ops/layer_norm.h.
#include "check/reference.h"
#include "check/rows.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/reduce.h"
#include "kernels/layer_norm.h"

namespace gradus::check {
namespace {

struct NormForm {
  bool centred, weight, bias;
  int64_t cols;
  double eps;
};

Reference norm_reference(const NormForm& f, NormMistake mistake = {}) {
  return [=]<class T>(const Arrays<T>& in) {
    return plain_norm(in[0], f.cols, f.centred, f.eps, f.weight ? &in[1] : nullptr,
                      f.bias ? &in.back() : nullptr, mistake);
  };
}

NormForm norm_form(const Sample& s) {
  return {s["centred"] != 0, s["weight"] != 0, s["bias"] != 0, static_cast<int64_t>(s["cols"]),
          s["eps"]};
}

Sample norm_sample(Generator& gen, bool centred, const Shape& x, int axes, bool weight, bool bias,
                   double eps) {
  Shape row;
  for (int i = x.size() - axes; i < x.size(); ++i) row.push_back(x[i]);
  const NormForm form{centred, weight, bias, numel(row), eps};
  Sample s{.label = text({x, " over ", row, weight ? ", weight" : "", bias ? ", bias" : ""}),
           .inputs = {values(gen, x)}};
  if (weight) s.inputs.push_back(values(gen, row));
  if (bias) s.inputs.push_back(values(gen, row));
  s.call = [=](Inputs in) {
    const Tensor w = weight ? in[1] : Tensor{};
    return centred ? layer_norm(in[0], row, w, bias ? in.back() : Tensor{}, eps)
                   : rms_norm(in[0], row, w, eps);
  };
  s.reference = norm_reference(form);
  s.attributes = {{"centred", centred}, {"weight", weight}, {"bias", bias},
                  {"cols", static_cast<double>(form.cols)}, {"eps", eps}};
  return s;
}

// `axes` is the number of normalised axes. Rows of two elements get a large eps, since the result
// is nearly a step function otherwise.
std::vector<Sample> norm_samples(Generator& gen, bool centred) {
  std::vector<Sample> samples;
  const auto add = [&](const Shape& x, int axes, bool weight, bool bias, double eps = 1e-2) {
    samples.push_back(norm_sample(gen, centred, x, axes, weight, bias && centred, eps));
  };
  add({6}, 1, true, true), add({3, 5}, 1, true, true), add({3, 5}, 1, false, false);
  add({4, 6}, 1, true, false), add({4, 7}, 1, !centred, true), add({2, 3, 4}, 1, true, true);
  add({2, 3, 4}, 2, true, true), add({2, 3, 4}, 3, true, true), add({2, 1, 3, 5}, 1, true, true);
  add({3, 1, 5}, 2, true, true), add({1, 40}, 1, true, true), add({18, 3}, 1, true, true, 0.1);
  add({5, 2}, 1, true, true, 0.5), add({5, 1}, 1, true, true), add({1, 1}, 1, false, true);
  add({9, 4}, 1, true, true, 0.3), add({0, 4}, 1, true, true), add({3, 0}, 1, true, true);
  add({2, 33}, 1, false, false);
  return samples;
}

std::vector<Axis> norm_axes(bool centred) {
  using namespace kernels;
  const auto axis = [=](const char* name, std::vector<KernelConstant> constants,
                        Shape (*shape)(int64_t n), bool few = false) {
    return Axis{name, std::move(constants), [=](Generator& gen, int64_t n) {
                  return norm_sample(gen, centred, shape(n), 1, true, centred, 1e-2);
                }, few};
  };
  constexpr int64_t cols = 20, rows = norm_grain / cols + 1;  // rows in a block
  return {axis("columns", {{"lane_count", lane_count}, {"norm_grain", norm_grain}},
               [](int64_t n) { return Shape{3, n}; }),
          axis("rows", {{"norm_grain", norm_grain / 100 + 1}},
               [](int64_t n) { return Shape{n, 100}; }),
          axis("rows of full blocks", {{"norm_tasks", norm_tasks * rows}},
               [](int64_t n) { return Shape{n, cols}; }, true),
          axis("columns of sums over three blocks", {{"norm_grain", norm_grain / 2 / 4 + 1}},
               [](int64_t n) { return Shape{13, n}; })};
}

// Rows of a magnitude at which squares or their inverses exceed the range of f32.
std::vector<Sample> far_norms(bool centred) {
  std::vector<Sample> samples;
  Generator gen(0);
  for (double size : {1e30, 1e20, 1e10, 1e-10, 1e-20, 1e-30}) {
    const int64_t cols = size > 1e25 || size < 1e-25 ? 133 : 5;
    Sample s = norm_sample(gen, centred, {3, cols}, 1, true, centred, 1e-5);
    const NormForm form = norm_form(s);
    const auto formula = [=]<class T>(const Arrays<T>& in) {
      return plain_norm(in[0], form.cols, form.centred, form.eps, &in[1],
                        form.bias ? &in[2] : nullptr);
    };
    s.label = text({"of size ", size});
    s.inputs[0] = mul(s.inputs[0], size);
    s.reference = s.reference.with_edge(formula);
    samples.push_back(s);
  }
  return samples;
}

// Sums the squares without scaling.
Naive naive_norm() {
  return {"mean of squares", [](Inputs in, const Sample& s) -> Tensors {
            const Tensor& x = in[0];
            const Tensor d = s["centred"] != 0 ? x - mean(x, {-1}, true) : x;
            const Tensor y = d / sqrt(mean(d * d, {-1}, true) + s["eps"]) * in[1];
            return in.size() > 2 ? y + in[2] : y;
          }};
}

Tensor edited_row_sums(const BackwardEvent& e, double (*element)(double x, double dy)) {
  const std::vector<double> x = e.inputs[0].to_vector<double>(), dy = e.dy[0].to_vector<double>();
  Tensor sum = zeros_like(e.inputs[1]);
  const int64_t cols = sum.numel();
  for (size_t i = 0; i < x.size(); ++i)
    sum.mutable_data<double>()[static_cast<int64_t>(i) % cols] += element(x[i], dy[i]);
  return sum;
}

OpRow norm_row(const char* name, bool centred) {
  OpRow row{.name = name, .rules = {name}};
  row.samples = [=](Generator& gen) { return norm_samples(gen, centred); };
  row.axes = norm_axes(centred);
  row.far = [=] { return far_norms(centred); };
  row.naive = {naive_norm()};
  const auto formula = [](const char* what, NormMistake mistake) {
    return mistaken(what, [=](const Sample& s) { return norm_reference(norm_form(s), mistake); });
  };
  row.mutants = {
      formula("scale held constant: no variance term", {.constant_scale = true}),
      formula("eps missing", {.no_eps = true}),
      formula("weight missing", {.no_weight = true}),
      formula("n - 1 instead of n", {.correction = 1}),
      wrong("dx is zero", 0, [](const Sample&, const BackwardEvent& e) {
        return zeros_like(e.inputs[0]);
      }),
      wrong("dw of x, not of the normalised x", 1, [](const Sample& s, const BackwardEvent& e) {
        if (s["weight"] == 0) return e.grads[1];
        return edited_row_sums(e, [](double x, double dy) { return x * dy; });
      })};
  if (centred) {
    row.mutants.push_back(formula("mean held constant", {.constant_mean = true}));
    row.mutants.push_back(mistaken("no centring", [](const Sample& s) {
      NormForm f = norm_form(s);
      f.centred = false;
      return norm_reference(f);
    }));
  }
  return row;
}

}  // namespace

Rows layer_norm_rows() {
  OpRow layer = norm_row("layer_norm", true), rms = norm_row("rms_norm", false);
  const auto normal = [](const Shape& row, double eps = 1e-5) {
    return [=](Inputs in) {
      const Tensor weight = in.size() > 1 ? in[1] : Tensor{};
      const Tensor bias = in.size() > 2 ? in[2] : Tensor{};
      layer_norm(in[0], row, weight, bias, eps);
    };
  };
  layer.bad = {
      {"other last axis", {ones({2, 6})}, normal({5}), "normalized_shape [5]"},
      {"more axes than x", {ones({6})}, normal({2, 6}), "the last axes of x [6]"},
      {"no axes", {ones({2, 6})}, normal({}), "normalized_shape []"},
      {"weight", {ones({2, 6}), ones({5})}, normal({6}),
       "weight [5] must be [6], the last axis of x [2, 6]"},
      {"bias", {ones({2, 6}), ones({6}), ones({2, 3})}, normal({6}), "bias [2, 3] must be [6]"},
      {"dtypes", {ones({2, 6}), ones({6}, DType::f64)}, normal({6}), "weight is f64, x is f32"},
      {"eps 0", {ones({2, 6})}, normal({6}, 0), "eps 0"},
      {"eps not a number", {ones({2, 6})}, normal({6}, NAN), "eps nan"},
      {"whole numbers", {ones({2, 6}, DType::i64)}, normal({6}), "i64"}};
  const auto square = [](const Shape& row, std::optional<double> eps = {}) {
    return [=](Inputs in) { rms_norm(in[0], row, in.size() > 1 ? in[1] : Tensor{}, eps); };
  };
  rms.bad = {
      {"other last axis", {ones({2, 6})}, square({5}), "normalized_shape [5]"},
      {"weight", {ones({2, 6}), ones({7})}, square({6}), "weight [7] must be [6]"},
      {"eps", {ones({2, 6})}, square({6}, -1), "eps -1"},
      {"whole numbers", {ones({2, 6}, DType::i64)}, square({6}), "i64"}};
  return {layer, rms};
}

}  // namespace gradus::check
