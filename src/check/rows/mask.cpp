// SPDX-License-Identifier: MIT
// Rows of ops/mask.h.
#include "check/reference.h"
#include "check/rows.h"
#include "gradus/ops/mask.h"
#include "gradus/ops/softmax.h"
#include "kernels/mask.h"

namespace gradus::check {
namespace {

// Sample, head, query and key of element e of the scores.
struct ScorePlace {
  int64_t b, h, i, j;
  ScorePlace(const Shape& s, int64_t e) {
    const int n = s.size();
    j = e % s.back();
    e /= s.back();
    i = n > 1 ? e % s[n - 2] : 0;
    e /= n > 1 ? s[n - 2] : 1;
    h = n > 3 ? e % s[n - 3] : 0;
    b = n > 3 ? e / s[n - 3] : e;
  }
};

auto masked_softmax_reference(const Mask& mask) {
  return [mask]<class T>(const Arrays<T>& in) {
    using std::exp;
    const Array<T>& x = in[0];
    Array<T> y(x.shape);
    const int64_t n = x.shape.back();
    for (int64_t r = 0; n > 0 && r < x.count(); r += n) {
      T sum = 0;
      const auto allows = [&](int64_t j) {
        const ScorePlace p(x.shape, r + j);
        return mask.allows(p.b, p.h, p.i, p.j);
      };
      const T m = constant_max<T>(n, [&](int64_t j) {
        return allows(j) ? x[r + j] : T(-INFINITY);
      });
      for (int64_t j = 0; j < n; ++j)
        if (allows(j)) sum += exp(x[r + j] - m);
      for (int64_t j = 0; j < n; ++j)
        if (allows(j)) y[r + j] = exp(x[r + j] - m) / sum;
    }
    return y;
  };
}

Sample masked_sample(Generator& gen, const Shape& shape, const Mask& m) {
  return {.label = text({shape, ", ", m.str()}),
          .inputs = {values(gen, shape)},
          .call = [m](Inputs in) { return masked_softmax(in[0], m); },
          .reference = masked_softmax_reference(m)};
}

std::vector<Axis> mask_axes() {
  using namespace kernels;
  constexpr int64_t keys = 100, edge = 181;  // edge^2 is the smallest square above combine_grain
  static_assert((edge + 1) * edge > combine_grain && (edge - 1) * edge < combine_grain);
  return {{"keys", {}, [](Generator& gen, int64_t n) {
             const Mask ends = Mask::padding({n, n - 1, n / 2 + 1});
             const Mask kinds[] = {ends, ends & Mask::allowed(mask(gen, {9, n})),
                                   Mask::window(n / 3, 1, n / 2), Mask::causal_offset(n - 9)};
             return masked_sample(gen, {3, 9, n}, kinds[n % 4]);
           }},
          {"queries", {{"score_row_grain", score_row_grain / (keys + 1) + 1}},
           [](Generator& gen, int64_t n) {
             return masked_sample(gen, {2, n, keys}, n % 2 ? Mask::causal() : Mask::window(9, 2));
           }},
          {"rows of a joined mask", {{"combine_grain", edge}}, [](Generator& gen, int64_t n) {
             const Mask some = Mask::allowed(mask(gen, {n, edge}));
             return masked_sample(gen, {n, edge}, some | Mask::allowed(mask(gen, {n, edge}, 0.2)));
           }}};
}

std::vector<Sample> masked_samples(Generator& gen) {
  std::vector<Sample> all;
  const auto add = [&](const Shape& shape, const Mask& m) {
    all.push_back(masked_sample(gen, shape, m));
  };
  const auto some = [&](const Shape& shape) { return mask(gen, shape); };
  add({3, 4}, {}), add({5}, Mask::padding({3})), add({4, 4}, Mask::causal());
  add({3, 7}, Mask::causal_offset(2)), add({7, 3}, Mask::causal_offset(-2));
  add({2, 3, 4}, Mask::padding({2, 4})), add({3, 2, 5}, Mask::padding({0, 5, 1}));
  add({2, 2, 4, 4}, Mask::causal() & Mask::padding({3, 1}));
  add({3, 17}, Mask::allowed(some({3, 17}))), add({2, 3, 5}, Mask::hidden(some({1, 3, 5})));
  add({2, 2, 3, 3}, Mask::allowed(some({2, 3, 3})) & Mask::causal());
  add({2, 2, 2, 5}, Mask::allowed(some({2, 2, 1, 5})) & Mask::padding({4, 2}));
  add({2, 3, 4}, Mask::allowed(some({3, 4})) | Mask::padding({1, 3}));
  add({2, 1, 2, 2, 3}, Mask::padding({1, 3}));
  add({5, 7}, Mask::window(1, 2)), add({2, 19, 19}, Mask::window(3, 0) & Mask::padding({9, 19}));
  add({4, 3}, Mask::window(0, 1, 2) & Mask::causal_offset(2)), add({3, 4}, Mask::window(1, 0, 40));
  add({1, 1}, Mask::hidden(ones({1, 1}, DType::boolean)));
  add({0, 3}, Mask::causal()), add({3, 0}, Mask::causal()), add({19, 2}, Mask::causal());
  return all;
}

std::vector<Sample> far_masked() {
  std::vector<Sample> all;
  const Tensor x = tensor({{1e30, 0, -1e30}, {300, -300, 0}, {-1e30, -1e30, 1e30}}, DType::f64);
  for (const Mask& m : {Mask{}, Mask::causal(), Mask::window(1, 0)})
    all.push_back({.label = "huge, " + m.str(),
                   .inputs = {x},
                   .call = [m](Inputs in) { return masked_softmax(in[0], m); },
                   .reference = Reference(masked_softmax_reference(m))
                                    .with_edge(masked_softmax_reference(m)),
                   .attributes = {{"cancels", 1}}});
  return all;
}

using Row = void(int64_t n, const double* y, const double* dy, double* dx);

// dx computed row by row from y and dy.
Mutant by_row(std::string name, Row* row) {
  return wrong(std::move(name), 0, [row](const Sample&, const BackwardEvent& e) {
    Tensor dx = e.grads[0].clone_data();
    const std::vector<double> y = e.outputs[0].to_vector<double>();
    const std::vector<double> dy = e.dy[0].to_vector<double>();
    const int64_t n = dx.shape().back();
    for (int64_t r = 0; n > 0 && r < dx.numel(); r += n)
      row(n, y.data() + r, dy.data() + r, dx.mutable_data<double>() + r);
    return dx;
  });
}

double dot(int64_t n, const double* a, const double* b) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

std::vector<Mutant> mask_mutants() {
  return {
      by_row("- sum dy y is missing", [](int64_t n, const double* y, const double* dy, double* dx) {
        for (int64_t j = 0; j < n; ++j) dx[j] = y[j] * dy[j];
      }),
      by_row("mean for sum of dy y", [](int64_t n, const double* y, const double* dy, double* dx) {
        const double mean = dot(n, y, dy) / static_cast<double>(n);
        for (int64_t j = 0; j < n; ++j) dx[j] = y[j] * (dy[j] - mean);
      }),
      by_row("hidden keys get dy", [](int64_t n, const double* y, const double* dy, double* dx) {
        for (int64_t j = 0; j < n; ++j)
          if (y[j] == 0) dx[j] = dy[j];
      }),
      wrong("mask ignored in backward", 0, [](const Sample&, const BackwardEvent& e) {
        const Tensor y = softmax(e.inputs[0], -1);
        Tensor dx = y.clone_data();
        const std::vector<double> p = y.to_vector<double>(), dy = e.dy[0].to_vector<double>();
        const int64_t n = dx.shape().back();
        for (int64_t r = 0; n > 0 && r < dx.numel(); r += n) {
          const double sum = dot(n, p.data() + r, dy.data() + r);
          for (int64_t j = r; j < r + n; ++j)
            dx.mutable_data<double>()[j] *= dy[static_cast<size_t>(j)] - sum;
        }
        return dx;
      }),
  };
}

}  // namespace

Rows mask_rows() {
  OpRow row{.name = "masked_softmax", .rules = {"masked_softmax"}, .samples = masked_samples};
  row.mutants = mask_mutants();
  row.far = far_masked;
  row.axes = mask_axes();
  const auto with = [](const Mask& m) { return [m](Inputs in) { masked_softmax(in[0], m); }; };
  row.bad = {
      {"matrix", {ones({2, 3})}, with(Mask::allowed(ones({2, 4}, DType::boolean))), "[1, 1, 2, 4]"},
      {"samples", {ones({2, 2, 3})}, with(Mask::padding({1, 2, 3})), "lengths of 3 samples"},
      {"too long", {ones({2, 3})}, with(Mask::padding({4})), "sample 0 4 keys"},
      {"alternative", {ones({2, 3})},
       with(Mask::causal() | Mask::allowed(ones({3, 3}, DType::boolean))), "[1, 1, 3, 3]"},
      {"scalar", {ones({})}, with({}), "scalar"},
      {"integers", {ones({2, 3}, DType::i64)}, with(Mask::causal()), "i64 [2, 3]"}};
  return {row};
}

}  // namespace gradus::check
