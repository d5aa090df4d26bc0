// SPDX-License-Identifier: MIT
// Rows of the elementwise losses of ops/loss.h.
#include "check/reference.h"
#include "check/rows.h"
#include "gradus/ops/loss.h"

namespace gradus::check {
namespace {

// What a sample of a loss hands to its formula: reduction, and one or two more numbers.
struct Settings {
  Reduction reduction = Reduction::mean;
  double a = 0, b = 0;
};

// A loss f(inputs, i, settings), a generic lambda, over the elements of in[0].
template <class F>
Reference loss_reference(F f, Settings s) {
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

Settings settings_of(const Sample& s) {
  return {static_cast<Reduction>(s["reduction"]), s["a"], s["b"]};
}

template <class F>
Mutant formula(std::string name, F f) {
  return mistaken(std::move(name), [f](const Sample& s) {
    return loss_reference(f, settings_of(s));
  });
}

// The mutants that suit every loss with a mean.
template <class F>
std::vector<Mutant> common_mutants(F f) {
  return {mistaken("sum for mean", [f](const Sample& sample) {
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
OpRow loss_row(const char* name, F f, Make make, Call call, std::vector<Settings> settings,
               std::vector<Mutant> mutants) {
  OpRow row{.name = name, .rules = {name}, .samples = [=](Generator& gen) {
    const Shape shapes[] = {{}, {5}, {3, 4}, {2, 3, 4}, {2, 1, 3, 4}, {1, 1}, {43}, {17, 2},
                            {6, 1}, {0, 3}, {4, 5}, {3, 3, 2}, {2, 0}};
    std::vector<Sample> samples;
    for (size_t k = 0; k < std::size(shapes); ++k) {
      const Settings s = settings[k % settings.size()];
      if (s.reduction == Reduction::batchmean && shapes[k].empty()) continue;
      const int reduction = static_cast<int>(s.reduction);
      Sample sample{.label = text({shapes[k], ", reduction ", reduction, ", ", s.a, ", ", s.b}),
                    .inputs = make(gen, shapes[k], s)};
      for (size_t i = 2; i < sample.inputs.size(); ++i) sample.constants.push_back(i);
      sample.call = [=](Inputs in) { return call(in, s); };
      sample.reference = loss_reference(f, s);
      sample.attributes = {{"reduction", reduction}, {"a", s.a}, {"b", s.b}};
      samples.push_back(std::move(sample));
    }
    return samples;
  }};
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

const std::vector<Settings> three = {
    {Reduction::mean}, {Reduction::none}, {Reduction::sum}, {Reduction::mean}};

// x, and a target at a distance that is not within 0.01 of 0 or of a kink.
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

// ---- losses of a difference

// |d| near s.a, where the formulas of smooth_l1_loss and huber_loss change.
const std::vector<Settings> with_kinks = {{Reduction::mean, 0.5}, {Reduction::none, 0.9},
                                          {Reduction::sum, 0.5}, {Reduction::mean, 0.9},
                                          {Reduction::none, 0.5}};

constexpr auto difference = [](const auto& in, int64_t i) { return in[0][i] - in[1][i]; };
constexpr auto square = [](const auto& in, int64_t i, const Settings&) {
  return difference(in, i) * difference(in, i);
};
constexpr auto absolute = [](const auto& in, int64_t i, const Settings&) {
  using std::abs;
  return abs(difference(in, i));
};
constexpr auto quadratic = [](const auto& in, int64_t i, const Settings& s) {
  return square(in, i, s) / (2 * s.a);
};
constexpr auto smooth = [](const auto& in, int64_t i, const Settings& s) {
  const auto linear = absolute(in, i, s) - s.a / 2;
  return absolute(in, i, s) < s.a ? quadratic(in, i, s) : linear;
};
constexpr auto huber = [](const auto& in, int64_t i, const Settings& s) {
  return smooth(in, i, s) * s.a;
};

// f with the derivative by the target turned round.
template <class F>
Mutant target_not_negated(F f) {
  return formula("gradient of the target not negated", [f](auto in, int64_t i, const Settings& s) {
    in[1][i] = 2 * held_constant(in[1][i]) - in[1][i];
    return f(in, i, s);
  });
}

OpRow mse_row() {
  const auto half = [](const auto& in, int64_t i, const Settings& s) {
    return 0.5 * square(in, i, s);
  };
  OpRow row = loss_row("mse_loss", square, apart({}), [](Inputs in, const Settings& s) {
    return mse_loss(in[0], in[1], s.reduction);
  }, three, {formula("factor 2 dropped", half), formula("sign of d", absolute),
             target_not_negated(square)});
  row.bad.push_back({"batchmean", {ones({2}), ones({2})}, [](Inputs in) {
    mse_loss(in[0], in[1], Reduction::batchmean);
  }, "kl_div"});
  return row;
}

OpRow l1_row() {
  const auto itself = [](const auto& in, int64_t i, const Settings&) { return difference(in, i); };
  return loss_row("l1_loss", absolute, apart({}), [](Inputs in, const Settings& s) {
    return l1_loss(in[0], in[1], s.reduction);
  }, three, {formula("slope of the square", square), formula("sign dropped", itself),
             target_not_negated(absolute)});
}

OpRow smooth_l1_row() {
  OpRow row = loss_row("smooth_l1_loss", smooth, apart({0.5, 0.9}),
                       [](Inputs in, const Settings& s) {
    return smooth_l1_loss(in[0], in[1], s.a, s.reduction);
  }, with_kinks, {formula("quadratic everywhere", quadratic),
                  formula("linear everywhere", absolute), formula("slope of huber_loss", huber),
                  target_not_negated(smooth)});
  row.bad.push_back({"beta", {ones({2}), ones({2})}, [](Inputs in) {
    smooth_l1_loss(in[0], in[1], -1);
  }, "beta -1"});
  return row;
}

OpRow huber_row() {
  const auto half_square = [](const auto& in, int64_t i, const Settings& s) {
    return 0.5 * square(in, i, s);
  };
  OpRow row = loss_row("huber_loss", huber, apart({0.5, 0.9}), [](Inputs in, const Settings& s) {
    return huber_loss(in[0], in[1], s.a, s.reduction);
  }, with_kinks, {formula("linear everywhere", absolute),
                  formula("quadratic everywhere", half_square),
                  formula("slope of smooth_l1_loss", smooth), target_not_negated(huber)});
  row.bad.push_back({"delta", {ones({2}), ones({2})}, [](Inputs in) {
    huber_loss(in[0], in[1], 0);
  }, "delta 0"});
  return row;
}

// ---- kl_div; s.a: log_target

constexpr auto divergence = [](const auto& in, int64_t i, const Settings& s) {
  using std::exp, std::log;
  const auto& t = in[1][i];
  return s.a != 0 ? exp(t) * (t - in[0][i]) : t * (log(t) - in[0][i]);
};

std::vector<Mutant> kl_mutants() {
  return {
      formula("no gradient of the target", [](auto in, int64_t i, const Settings& s) {
        in[1][i] = held_constant(in[1][i]);
        return divergence(in, i, s);
      }),
      formula("log t + 1 without 1", [](auto in, int64_t i, const Settings& s) {
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

constexpr auto binary = [](const auto& in, int64_t i, const Settings& s) {
  using std::exp, std::log;
  const auto x = in[0][i], t = in[1][i];
  auto w = 0 * t + 1, p = w;
  if (s.a != 0) w = broadcast_element(in[2], in[0].shape, i);
  if (s.b != 0) p = broadcast_element(in.back(), in[0].shape, i);
  return w * (p * t * log(1 + exp(-x)) + (1 - t) * log(1 + exp(x)));
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
      formula("no part of 1 - target", [](const auto& in, int64_t i, Settings s) {
        using std::exp, std::log;
        return binary(in, i, s) - (1 - in[1][i]) * log(1 + exp(in[0][i]));
      }),
      formula("target turned round", [](auto in, int64_t i, const Settings& s) {
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
  for (BadInput& bad : bad_weights()) row.bad.push_back(std::move(bad));
  return row;
}

}  // namespace

Rows loss_rows() {
  return {mse_row(), l1_row(), smooth_l1_row(), huber_row(), kl_row(), binary_row()};
}

}  // namespace gradus::check
