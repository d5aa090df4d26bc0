// SPDX-License-Identifier: MIT
// Helpers for the rows of elementwise losses: a row from the formula of one element.
#pragma once
#include <limits>

#include "check/reference.h"
#include "check/rows.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "kernels/loss.h"

namespace gradus::check {

// The settings of a loss sample: the reduction, and one or two numbers.
struct Settings {
  Reduction reduction = Reduction::mean;
  double a = 0, b = 0;
};

// The loss of f(inputs, i, settings), a generic lambda, over the elements i of in[0].
template <class F>
auto loss_formula(F f, Settings s) {
  return [=]<class T>(const Arrays<T>& in) {
    Array<T> y(in[0].shape);
    T total = 0;
    for (int64_t i = 0; i < y.count(); ++i) total += y[i] = f(in, i, s);
    if (s.reduction == Reduction::none) return y;
    const double n = static_cast<double>(s.reduction == Reduction::mean ? y.count()
                                         : s.reduction == Reduction::sum ? 1 : y.size(0));
    return Array<T>({}, n == 0 ? total : total / n);
  };
}
template <class F>
Reference loss_reference(F f, Settings s) {
  return loss_formula(f, s);
}

inline Settings settings_of(const Sample& s) {
  return {static_cast<Reduction>(s["reduction"]), s["a"], s["b"]};
}

template <class F>
Mutant formula(std::string name, F f) {
  return mistaken(std::move(name), [f](const Sample& s) {
    return loss_reference(f, settings_of(s));
  });
}

// Mutants for every loss with reduction mean.
template <class F>
std::vector<Mutant> common_mutants(F f) {
  return {mistaken("sum instead of mean", [f](const Sample& sample) {
            Settings s = settings_of(sample);
            if (s.reduction == Reduction::mean) s.reduction = Reduction::sum;
            return loss_reference(f, s);
          }),
          mistaken("divided by the first axis", [f](const Sample& sample) {
            Settings s = settings_of(sample);
            const bool changes = s.reduction == Reduction::mean && sample.inputs[0].dim() > 0;
            if (changes) s.reduction = Reduction::batchmean;
            return loss_reference(f, s);
          })};
}

using Call = std::function<Tensor(Inputs, const Settings&)>;
using Make = std::function<std::vector<Tensor>(Generator&, const Shape&, const Settings&)>;

template <class F>
Sample loss_sample(Generator& gen, F f, Make make, Call call, const Shape& shape,
                   const Settings& s) {
  const int reduction = static_cast<int>(s.reduction);
  Sample sample{.label = text({shape, ", reduction ", reduction, ", ", s.a, ", ", s.b}),
                .inputs = make(gen, shape, s)};
  for (size_t i = 2; i < sample.inputs.size(); ++i) sample.constants.push_back(i);
  sample.call = [=](Inputs in) { return call(in, s); };
  sample.reference = loss_reference(f, s);
  sample.attributes = {{"reduction", reduction}, {"a", s.a}, {"b", s.b}};
  return sample;
}

template <class F>
OpRow loss_row(const char* name, F f, Make make, Call call, std::vector<Settings> settings,
               std::vector<Mutant> mutants) {
  OpRow row{.name = name, .rules = {name}, .samples = [=](Generator& gen) {
    const Shape shapes[] = {{}, {5}, {3, 4}, {2, 3, 4}, {2, 1, 3, 4}, {1, 1}, {43}, {17, 2},
                            {6, 1}, {0, 3}, {4, 5}, {3, 3, 2}, {2, 0}};
    std::vector<Sample> samples;
    for (size_t k = 0; k < std::size(shapes); ++k) {
      const Settings s = settings[k % settings.size()];
      if (s.reduction == Reduction::batchmean && shapes[k].empty()) continue;
      samples.push_back(loss_sample(gen, f, make, call, shapes[k], s));
    }
    return samples;
  }};
  row.axes = {{"elements",
               {{"loss_grain", kernels::loss_grain}, {"lane_count", kernels::lane_count}},
               [=](Generator& gen, int64_t n) {
                 const Settings& s = settings[static_cast<size_t>(n) % settings.size()];
                 return loss_sample(gen, f, make, call, {n}, s);
               }},
              {"columns", {}, [=](Generator& gen, int64_t n) {
                 const Settings& s = settings[static_cast<size_t>(n) % settings.size()];
                 return loss_sample(gen, f, make, call, {9, n}, s);
               }}};
  const auto plain = [=](Inputs in) { call(in, settings[0]); };
  row.bad = {
      {"shapes", {ones({2, 3}), ones({3})}, plain, "target [3] must have the shape of x [2, 3]"},
      {"column and row", {ones({4, 1}), ones({4})}, plain, "target [4] must have the shape"},
      {"dtypes", {ones({2}), ones({2}, DType::f64)}, plain, "target is f64, x is f32"},
      {"whole numbers", {ones({2}, DType::i64), ones({2}, DType::i64)}, plain, "i64 [2]"}};
  row.mutants = std::move(mutants);
  for (Mutant& m : common_mutants(f)) row.mutants.push_back(std::move(m));
  return row;
}

// Samples at the edge of the number range: all pairs of predictions x and targets t.
template <class F>
std::function<std::vector<Sample>()> far_pairs(F f, Call call, std::vector<Settings> settings,
                                               std::vector<double> x, std::vector<double> t,
                                               double cancels = 0) {
  return [=] {
    std::vector<double> all_x, all_t;
    for (double a : x)
      for (double b : t) {
        all_x.push_back(a);
        all_t.push_back(b);
      }
    const Shape shape{static_cast<int64_t>(all_x.size())};
    std::vector<Sample> samples;
    for (const Settings& s : settings)
      samples.push_back({.label = text({"reduction ", static_cast<int>(s.reduction)}),
                         .inputs = {tensor(all_x, shape, DType::f64),
                                    tensor(all_t, shape, DType::f64)},
                         .call = [=](Inputs in) { return call(in, s); },
                         .reference = loss_reference(f, s).with_edge(loss_formula(f, s)),
                         .attributes = {{"reduction", static_cast<int>(s.reduction)},
                                        {"a", s.a}, {"b", s.b}, {"cancels", cancels}}});
    return samples;
  };
}
/// The same samples, and pairs of x with -inf, -1e30, -300, -0, 300, 1e30, inf, NaN, the largest of
/// f32 or a subnormal, and t, by the formula `f` for the edge; settings without a reduction.
template <class F>
std::function<std::vector<Sample>()> with_edge_pairs(std::function<std::vector<Sample>()> far,
                                                     F f, Call call, std::vector<Settings> settings,
                                                     std::vector<double> t) {
  constexpr double top = std::numeric_limits<float>::max();
  const std::vector<double> x = {-INFINITY, -1e30, -300, -0.0, 300, 1e30, INFINITY, NAN,
                                 top, -top, 1e-40, -1e-40, 1e-310};
  std::vector<double> all_x, all_t;
  for (double a : x)
    for (double b : t) {
      all_x.push_back(a);
      all_t.push_back(b);
    }
  const Shape shape{static_cast<int64_t>(all_x.size())};
  const std::vector<Tensor> inputs = {tensor(all_x, shape, DType::f64),
                                      tensor(all_t, shape, DType::f64)};
  return [=] {
    std::vector<Sample> samples = far();
    for (const Settings& s : settings)
      samples.push_back({.label = text({"pairs at the edge, ", s.a}),
                         .inputs = inputs,
                         .call = [=](Inputs in) { return call(in, s); },
                         .reference = Reference{}.with_edge(loss_formula(f, s), true),
                         .attributes = {{"reduction", static_cast<int>(s.reduction)},
                                        {"a", s.a}, {"b", s.b}, {"cancels", 1}}});
    return samples;
  };
}

/// A naive loss: `each` per element, averaged unless the reduction is none.
inline Naive naive_loss(std::string name, Tensor (*each)(const Tensor& x, const Tensor& t,
                                                         const Sample& s)) {
  return {std::move(name), [each](Inputs in, const Sample& s) -> Tensors {
            const Tensor y = each(in[0], in[1], s);
            return settings_of(s).reduction == Reduction::none ? y : mean(y);
          }};
}
inline const std::vector<double> far_numbers = {0, 1, -20, 88, -300, 300, 1e19, -1e30, 1e30};

/// kl_div and binary_cross_entropy_with_logits.
Rows loss_divergence_rows();

}  // namespace gradus::check
