// SPDX-License-Identifier: MIT
// Rows of ops/loss.h: losses of probabilities.
#include "check/rows/loss.h"
#include "gradus/ops/elementwise.h"

namespace gradus::check {
namespace {

// ---- kl_div; s.a: log_target

constexpr auto divergence = [](const auto& in, int64_t i, const Settings& s) {
  using std::exp, std::log;
  const auto& t = in[1][i];
  return s.a != 0 ? exp(t) * (t - in[0][i]) : t * (log(t) - in[0][i]);
};

// A target probability of 0 has no part, however improbable x makes it; NaN stays NaN.
constexpr auto divergence_at_edge = [](const Arrays<Wide>& in, int64_t i, const Settings& s) {
  const long double t = in[1][i].v;
  const bool none = s.a != 0 ? std::exp(t) == 0 : t == 0;
  if (none && std::isnan(in[0][i].v)) return Wide(NAN, NAN);
  return none ? Wide(0) : divergence(in, i, s);
};

std::vector<Mutant> kl_mutants() {
  return {
      formula("no gradient of the target", [](auto in, int64_t i, const Settings& s) {
        in[1][i] = held_constant(in[1][i]);
        return divergence(in, i, s);
      }),
      formula("1 missing in log t + 1", [](auto in, int64_t i, const Settings& s) {
        using std::log;
        if (s.a != 0) return divergence(in, i, s);
        return in[1][i] * (log(held_constant(in[1][i])) - in[0][i]);
      }),
      formula("log_target forgotten", [](auto in, int64_t i, Settings s) {
        s.a = 0;
        return divergence(in, i, s);
      }),
      mistaken("batchmean over all elements", [](const Sample& sample) {
        Settings s = settings_of(sample);
        if (s.reduction == Reduction::batchmean) s.reduction = Reduction::mean;
        return loss_reference(divergence, s);
      })};
}

OpRow kl_row() {
  const auto make = [](Generator& gen, const Shape& shape, const Settings&) {
    return std::vector<Tensor>{values(gen, shape, -3, 0), values(gen, shape, 0.1, 0.9)};
  };
  const auto call = [](Inputs in, const Settings& s) {
    return kl_div(in[0], in[1], {.log_target = s.a != 0, .reduction = s.reduction});
  };
  OpRow row = loss_row("kl_div", divergence, make, call,
                       {{Reduction::mean}, {Reduction::none}, {Reduction::batchmean},
                        {Reduction::sum}, {Reduction::batchmean, 1}, {Reduction::mean, 1},
                        {Reduction::none, 1}}, kl_mutants());
  row.far = far_pairs(divergence, call, {{Reduction::none}, {Reduction::none, 1}},
                      {0, -1, -300, -1e30}, {1, 0.25, 1e-30});
  row.far = with_edge_pairs(row.far, divergence_at_edge, call, {{Reduction::none}},
                            {0, 1, 0.25, 1e-30, NAN});
  row.far = with_edge_pairs(row.far, divergence_at_edge, call, {{Reduction::none, 1}},
                            {-INFINITY, -1e30, -20, -1, 0, NAN});
  row.naive = {naive_loss("t log t - t x", [](const Tensor& x, const Tensor& t, const Sample& s) {
    if (s["a"] != 0) return gradus::exp(t) * (t - x);
    return t * gradus::log(t) - t * x;
  })};
  row.bad.push_back({"batchmean of a scalar", {ones({}), ones({})}, [](Inputs in) {
    kl_div(in[0], in[1], {.reduction = Reduction::batchmean});
  }, "batch axis"});
  return row;
}

// ---- binary_cross_entropy_with_logits; s.a: weight, of the last axis only if 2; s.b: pos_weight

template <class T>
T broadcast_element(const Array<T>& w, const Shape& shape, int64_t i) {
  return w[flat_index(w.shape, coordinates(shape, i))];
}

// log(1 + e^x)
template <class T>
T soft_above(T x) {
  using std::abs, std::exp, std::log1p;
  return (x >= T(0) ? x : T(0)) + log1p(exp(-abs(x)));
}

constexpr auto binary = [](const auto& in, int64_t i, const Settings& s) {
  const auto x = in[0][i], t = in[1][i];
  std::decay_t<decltype(in[0][i])> w = 1, p = 1;
  if (s.a != 0) w = broadcast_element(in[2], in[0].shape, i);
  if (s.b != 0) p = broadcast_element(in.back(), in[0].shape, i);
  return w * (p * t * soft_above(-x) + (1 - t) * soft_above(x));
};

std::vector<Mutant> binary_mutants() {
  return {
      formula("weight forgotten", [](const auto& in, int64_t i, Settings s) {
        s.a = 0;
        return binary(in, i, s);
      }),
      formula("pos_weight forgotten", [](const auto& in, int64_t i, Settings s) {
        s.b = 0;
        return binary(in, i, s);
      }),
      formula("term of 1 - target missing", [](const auto& in, int64_t i, Settings s) {
        using std::exp, std::log;
        return binary(in, i, s) - (1 - in[1][i]) * log(1 + exp(in[0][i]));
      }),
      formula("1 - target for target", [](auto in, int64_t i, const Settings& s) {
        in[1][i] = 1 - in[1][i];
        return binary(in, i, s);
      })};
}

std::vector<BadInput> bad_weights() {
  const auto with = [](bool weight, bool tracked) {
    return [=](Inputs in) {
      const Tensor w = tracked ? in[2].detach().requires_grad_() : in[2];
      binary_cross_entropy_with_logits(in[0], in[1], {.weight = weight ? w : Tensor{},
                                                      .pos_weight = weight ? Tensor{} : w});
    };
  };
  const Tensor x = ones({2, 3}), short_weight = ones({2});
  return {
      {"weight", {x, x, short_weight}, with(true, false), "weight [2] cannot be broadcast to x"},
      {"pos_weight", {x, x, short_weight}, with(false, false), "pos_weight [2] cannot be"},
      {"tracked weight", {x, x, x}, with(true, true), "weight requires a gradient"},
      {"tracked pos_weight", {x, x, x}, with(false, true), "pos_weight requires a gradient"}};
}

OpRow binary_row() {
  const auto make = [](Generator& gen, const Shape& shape, const Settings& s) {
    std::vector<Tensor> in = {values(gen, shape, -3, 3), values(gen, shape, 0, 1)};
    const Shape last = shape.empty() ? Shape{} : Shape{shape.back()};
    if (s.a != 0) in.push_back(values(gen, s.a == 2 ? last : shape, 0.5, 2));
    if (s.b != 0) in.push_back(values(gen, last, 0.5, 2));
    return in;
  };
  const auto call = [](Inputs in, const Settings& s) {
    const BinaryCrossEntropy options{.weight = s.a != 0 ? in[2] : Tensor{},
                                     .pos_weight = s.b != 0 ? in.back() : Tensor{},
                                     .reduction = s.reduction};
    return binary_cross_entropy_with_logits(in[0], in[1], options);
  };
  OpRow row = loss_row("binary_cross_entropy_with_logits", binary, make, call,
                       {{Reduction::mean}, {Reduction::none, 1}, {Reduction::sum, 0, 1},
                        {Reduction::mean, 1, 1}, {Reduction::mean, 2}, {Reduction::none, 2, 1}},
                       binary_mutants());
  row.far = far_pairs(binary, call, {{Reduction::none}, {Reduction::mean}}, far_numbers,
                      {0, 0.25, 1}, 1);
  row.far = with_edge_pairs(row.far, binary, call, {{Reduction::none}}, {0, 0.25, 1, NAN});
  row.naive = {naive_loss("log of the sigmoid",
                          [](const Tensor& x, const Tensor& t, const Sample&) {
                            const Tensor p = sigmoid(x);
                            return -(t * gradus::log(p) + (1 - t) * gradus::log(1 - p));
                          }),
               naive_loss("log(1 + e^x) - t x",
                          [](const Tensor& x, const Tensor& t, const Sample&) {
                            return gradus::log(1 + gradus::exp(x)) - x * t;
                          })};
  for (BadInput& bad : bad_weights()) row.bad.push_back(std::move(bad));
  return row;
}

}  // namespace

Rows loss_divergence_rows() { return {kl_row(), binary_row()}; }

}  // namespace gradus::check
