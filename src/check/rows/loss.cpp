// SPDX-License-Identifier: MIT
// Rows of ops/loss.h: losses of the difference x - target. The others: loss_divergence.cpp.
#include "check/rows/loss.h"

#include "gradus/ops/elementwise.h"

namespace gradus::check {
namespace {

const std::vector<Settings> three = {
    {Reduction::mean}, {Reduction::none}, {Reduction::sum}, {Reduction::mean}};

const std::vector<double> edge_targets = {2, -2e30, INFINITY, -INFINITY, NAN};

// x and a target such that |x - target| is not within 0.01 of a kink.
Make apart(std::vector<double> kinks) {
  return [kinks](Generator& gen, const Shape& shape, const Settings&) {
    Tensor x = values(gen, shape), target = values(gen, shape);
    double *v = x.mutable_data<double>(), *t = target.mutable_data<double>();
    for (int64_t i = 0; i < x.numel(); ++i) {
      t[i] += v[i];
      for (double kink : kinks)
        if (std::abs(std::abs(v[i] - t[i]) - kink) < 0.01) t[i] = v[i] + kink + 0.02;
    }
    return std::vector<Tensor>{x, target};
  };
}

// Settings with a kink: smooth_l1_loss and huber_loss change their formula at |d| = s.a.
const std::vector<Settings> with_kinks = {{Reduction::mean, 0.5}, {Reduction::none, 0.9},
                                          {Reduction::sum, 0.5}, {Reduction::mean, 0.9},
                                          {Reduction::none, 0.5}};

constexpr auto difference = [](const auto& in, int64_t i) { return in[0][i] - in[1][i]; };
constexpr auto squared = [](const auto& in, int64_t i, const Settings&) {
  return difference(in, i) * difference(in, i);
};
constexpr auto absolute = [](const auto& in, int64_t i, const Settings&) {
  using std::abs;
  return abs(difference(in, i));
};
constexpr auto quadratic = [](const auto& in, int64_t i, const Settings& s) {
  return squared(in, i, s) / (2 * s.a);
};
constexpr auto smooth_l1 = [](const auto& in, int64_t i, const Settings& s) {
  const auto linear = absolute(in, i, s) - s.a / 2;
  return absolute(in, i, s) < s.a ? quadratic(in, i, s) : linear;
};
constexpr auto huber = [](const auto& in, int64_t i, const Settings& s) {
  return smooth_l1(in, i, s) * s.a;
};

// f with the sign of the target's gradient flipped.
template <class F>
Mutant target_not_negated(F f) {
  return formula("gradient of the target not negated", [f](auto in, int64_t i, const Settings& s) {
    in[1][i] = 2 * held_constant(in[1][i]) - in[1][i];
    return f(in, i, s);
  });
}

OpRow mse_row() {
  const auto half = [](const auto& in, int64_t i, const Settings& s) {
    return 0.5 * squared(in, i, s);
  };
  OpRow row = loss_row("mse_loss", squared, apart({}), [](Inputs in, const Settings& s) {
    return mse_loss(in[0], in[1], s.reduction);
  }, three, {formula("factor 2 dropped", half), formula("sign of d", absolute),
             target_not_negated(squared)});
  const Call call = [](Inputs in, const Settings& s) {
    return mse_loss(in[0], in[1], s.reduction);
  };
  row.far = far_pairs(squared, call, {{Reduction::none}, {Reduction::mean}}, far_numbers,
                      far_numbers);
  row.far = with_edge_pairs(row.far, squared, call, {{Reduction::none}}, edge_targets);
  row.naive = {naive_loss("squares multiplied out",
                          [](const Tensor& x, const Tensor& t, const Sample&) {
    return x * x - 2 * x * t + t * t;
  })};
  row.bad.push_back({"batchmean", {ones({2}), ones({2})}, [](Inputs in) {
    mse_loss(in[0], in[1], Reduction::batchmean);
  }, "kl_div"});
  return row;
}

OpRow l1_row() {
  const auto itself = [](const auto& in, int64_t i, const Settings&) { return difference(in, i); };
  const Call call = [](Inputs in, const Settings& s) {
    return l1_loss(in[0], in[1], s.reduction);
  };
  OpRow row = loss_row("l1_loss", absolute, apart({}), call, three,
                       {formula("slope of the square", squared), formula("sign dropped", itself),
                        target_not_negated(absolute)});
  row.far = far_pairs(absolute, call, {{Reduction::none}, {Reduction::mean}}, far_numbers,
                      {2, -2e30, 200});
  row.far = with_edge_pairs(row.far, absolute, call, {{Reduction::none}}, edge_targets);
  row.naive = {naive_loss("the root of the square",
                          [](const Tensor& x, const Tensor& t, const Sample&) {
    return gradus::sqrt((x - t) * (x - t));
  })};
  return row;
}

OpRow smooth_l1_row() {
  const Call call = [](Inputs in, const Settings& s) {
    return smooth_l1_loss(in[0], in[1], s.a, s.reduction);
  };
  OpRow row = loss_row("smooth_l1_loss", smooth_l1, apart({0.5, 0.9}), call, with_kinks,
                       {formula("quadratic everywhere", quadratic),
                        formula("linear everywhere", absolute),
                        formula("slope of huber_loss", huber), target_not_negated(smooth_l1)});
  row.far = far_pairs(smooth_l1, call, {{Reduction::none, 1}, {Reduction::mean, 0.5}}, far_numbers,
                      {0.25, -2e30, 200});
  row.far = with_edge_pairs(row.far, smooth_l1, call, {{Reduction::none, 1}}, edge_targets);
  row.naive = {naive_loss("by a quadratic and a fraction",
                          [](const Tensor& x, const Tensor& t, const Sample& s) {
    const Tensor d = x - t, inside = lt(gradus::abs(d), s["a"]).to(d.dtype());
    return inside * (d * d) / (2 * s["a"]) + (1 - inside) * (gradus::abs(d) - s["a"] / 2);
  })};
  row.bad.push_back({"beta", {ones({2}), ones({2})}, [](Inputs in) {
    smooth_l1_loss(in[0], in[1], -1);
  }, "beta -1"});
  return row;
}

OpRow huber_row() {
  const auto half_square = [](const auto& in, int64_t i, const Settings& s) {
    return 0.5 * squared(in, i, s);
  };
  const Call call = [](Inputs in, const Settings& s) {
    return huber_loss(in[0], in[1], s.a, s.reduction);
  };
  OpRow row = loss_row("huber_loss", huber, apart({0.5, 0.9}), call, with_kinks,
                       {formula("linear everywhere", absolute),
                        formula("quadratic everywhere", half_square),
                        formula("slope of smooth_l1_loss", smooth_l1), target_not_negated(huber)});
  row.far = far_pairs(huber, call, {{Reduction::none, 1}, {Reduction::mean, 0.5}}, far_numbers,
                      {0.25, -2e30, 200});
  row.far = with_edge_pairs(row.far, huber, call, {{Reduction::none, 1}}, edge_targets);
  row.naive = {naive_loss("by a quadratic and a share",
                          [](const Tensor& x, const Tensor& t, const Sample& s) {
    const Tensor d = x - t, inside = lt(gradus::abs(d), s["a"]).to(d.dtype());
    return inside * (d * d) / 2 + (1 - inside) * s["a"] * (gradus::abs(d) - s["a"] / 2);
  })};
  row.bad.push_back({"delta", {ones({2}), ones({2})}, [](Inputs in) {
    huber_loss(in[0], in[1], 0);
  }, "delta 0"});
  return row;
}

}  // namespace

Rows loss_rows() {
  Rows rows = {mse_row(), l1_row(), smooth_l1_row(), huber_row()};
  for (OpRow& row : loss_divergence_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace gradus::check
