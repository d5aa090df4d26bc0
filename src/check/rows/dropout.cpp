// SPDX-License-Identifier: MIT
// Rows of ops/dropout.h. Each call creates its own generator, so that it is deterministic.
#include "check/rows.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/elementwise.h"
#include "kernels/dropout.h"

namespace gradus::check {
namespace {

constexpr uint64_t seed = 5;

Draw draw_of(double number) {
  Generator gen(seed, static_cast<uint64_t>(number));
  return gen.draw();
}

// The factor of each element in a mutant: 0 or `kept`.
Tensor factors(const Shape& shape, double p, const Draw& draw, double kept) {
  const kernels::Dropout drop(p, draw);
  Tensor f = Tensor::empty(shape, DType::f64);
  double* v = f.mutable_data<double>();
  for (int64_t i = 0; i < f.numel(); ++i) v[i] = drop.keeps(i) ? kept : 0;
  return f;
}

Sample dropout_sample(Generator& gen, const Shape& shape, double p, double number) {
  return {.label = text({shape, ", p ", p}),
          .inputs = {values(gen, shape)},
          .call = [=](Inputs in) {
            Generator own(seed, static_cast<uint64_t>(number));
            return dropout(in[0], p, true, own);
          },
          .reference = [=]<class T>(const Arrays<T>& in) {
            const kernels::Dropout drop(p < 1 ? p : 0.5, draw_of(number));
            Array<T> y(in[0].shape);
            for (int64_t i = 0; i < y.count(); ++i)
              if (p == 0 || (p < 1 && drop.keeps(i))) y[i] = in[0][i] / T(1 - p);
            return y;
          },
          .attributes = {{"p", p}, {"number", number}}};
}

using Factor = Tensor (*)(const Shape& shape, double p, double number);

Mutant with_factors(std::string name, Factor factor) {
  return wrong(std::move(name), 0, [factor](const Sample& s, const BackwardEvent& e) {
    return s["p"] < 1 ? mul(e.dy[0], factor(e.dy[0].shape(), s["p"], s["number"])) : e.grads[0];
  });
}

}  // namespace

Rows dropout_rows() {
  OpRow r{.name = "dropout", .rules = {"dropout"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    double number = 0;
    for (const Shape& shape : {Shape{}, {1}, {9}, {40}, {5, 7}, {7, 1}, {2, 3, 4}, {2, 1, 3, 5},
                               {0}, {3, 0, 2}, {3, 50}, {129}})
      samples.push_back(dropout_sample(gen, shape, 0.3, number++));
    for (double p : {0.0, 0.1, 0.5, 0.9, 1.0})
      samples.push_back(dropout_sample(gen, {4, 11}, p, number++));
    return samples;
  }};
  r.bad = {{"whole numbers", {ones({2}, DType::i64)}, [](Inputs in) { dropout(in[0]); }, "i64 [2]"},
           {"p below 0", {ones({2})}, [](Inputs in) { dropout(in[0], -0.1); }, "p is -0.1"},
           {"p above 1", {ones({2})}, [](Inputs in) { dropout(in[0], 1.5); }, "0 to 1"},
           {"p is NaN", {ones({2})}, [](Inputs in) { dropout(in[0], NAN); }, "expected 0 to 1"}};
  r.axes = {{"elements",
             {{"random_lanes", kernels::random_lanes},
              {"dropout_tile", kernels::dropout_tile},
              {"dropout_grain", kernels::dropout_grain}},
             [](Generator& gen, int64_t n) { return dropout_sample(gen, {n}, 0.3, 7); }}};
  r.mutants = {
      with_factors("mask ignored", [](const Shape& s, double p, double) {
        return full(s, 1 / (1 - p), DType::f64);
      }),
      with_factors("not divided by 1 - p", [](const Shape& s, double p, double n) {
        return factors(s, p, draw_of(n), 1);
      }),
      with_factors("divided twice", [](const Shape& s, double p, double n) {
        return factors(s, p, draw_of(n), 1 / ((1 - p) * (1 - p)));
      }),
      with_factors("drawn again", [](const Shape& s, double p, double n) {
        return factors(s, p, draw_of(n + 1), 1 / (1 - p));
      }),
      with_factors("the others dropped", [](const Shape& s, double p, double n) {
        return sub(1 / (1 - p), factors(s, p, draw_of(n), 1 / (1 - p)));
      }),
  };
  return {r};
}

}  // namespace gradus::check
