// SPDX-License-Identifier: MIT
// Rows of ops/elementwise.h: functions of one tensor.
#include "check/rows/elementwise.h"
#include "check/rows/elementwise_edge.h"
#include "gradus/ops/elementwise.h"

namespace gradus::check {
namespace {

// A row with samples from one formula.
OpRow unary_row(const char* name, Tensor (*op)(const Tensor&), Maker values,
                const Reference& reference, std::vector<Mutant> mutants,
                std::vector<Naive> naive = {}) {
  return {.name = name,
          .rules = {name},
          .samples = [=](Generator& gen) {
            std::vector<Sample> samples;
            add_samples(samples, gen, "", values, op, reference);
            return samples;
          },
          .bad = bad_for_one(op),
          .mutants = std::move(mutants),
          .naive = std::move(naive)};
}

// A formula that is also right at the edge of the number range, where its NaNs are expected.
template <class F>
Reference exactly(F f) { return each(f, f); }

Rows plain_unary_rows() {
  return {
      unary_row("neg", neg, plain_values, each([](auto x) { return -x; }),
                {wrong_slope("sign lost", [](V, V) { return 1; }),
                 wrong_slope("times x", [](V x, V) { return -x; }),
                 wrong_slope("only where x > 0", [](V x, V) { return x > 0 ? -1 : 0; })}),
      unary_row("abs", gradus::abs, plain_values,
                each([](auto x) { return x < decltype(x)(0) ? -x : x; },
                     [](Wide x) {
                       return x.mapped(std::fabs(x.v), x.v > 0 ? 1 : x.v < 0 ? -1 : x.v);
                     }),
                {wrong_slope("sign ignored", [](V, V) { return 1; }),
                 wrong_slope("0 below 0", [](V x, V) { return x > 0; }),
                 wrong_slope("x for its sign", [](V x, V) { return x; })},
                {naive("sqrt(x^2)", [](const Tensor& x) { return gradus::sqrt(x * x); })}),
      unary_row("exp", gradus::exp, plain_values,
                each([](auto x) { using std::exp; return exp(x); }),
                {wrong_slope("of x", [](V x, V) { return x; }),
                 wrong_slope("1 + x", [](V x, V) { return 1 + x; }),
                 wrong_slope("y - 1", [](V, V y) { return y - 1; })},
                {naive("1 / e^-x", [](const Tensor& x) { return 1 / gradus::exp(-x); })}),
      unary_row("log", gradus::log, positive_values,
                exactly([](auto x) { using std::log; return log(x); }),
                {wrong_slope("1 / (1 + x)", [](V x, V) { return 1 / (1 + x); }),
                 wrong_slope("1 / y", [](V, V y) { return 1 / y; }),
                 wrong_slope("base 2", [](V x, V) { return std::log(2) / x; })},
                {naive("log(x^2) / 2", [](const Tensor& x) { return gradus::log(x * x) / 2; })}),
  };
}

Rows root_and_angle_rows() {
  return {
      unary_row("sqrt", gradus::sqrt, positive_values,
                exactly([](auto x) { using std::sqrt; return sqrt(x); }),
                {wrong_slope("2 missing", [](V, V y) { return 1 / y; }),
                 wrong_slope("x for y", [](V x, V) { return 1 / (2 * x); }),
                 wrong_slope("y / 2", [](V, V y) { return y / 2; })},
                {naive("e^(log(x) / 2)", [](const Tensor& x) {
                  return gradus::exp(gradus::log(x) / 2);
                })}),
      unary_row("sin", gradus::sin, plain_values,
                exactly([](auto x) { using std::sin; return sin(x); }),
                {wrong_slope("negated", [](V x, V) { return -std::cos(x); }),
                 wrong_slope("sin x", [](V, V y) { return y; }),
                 wrong_slope("1 - x^2 / 2", [](V x, V) { return 1 - x * x / 2; })}),
      unary_row("cos", gradus::cos, plain_values,
                exactly([](auto x) { using std::cos; return cos(x); }),
                {wrong_slope("sign lost", [](V x, V) { return std::sin(x); }),
                 wrong_slope("cos x", [](V, V y) { return y; }),
                 wrong_slope("-x", [](V x, V) { return -x; })}),
  };
}

OpRow sign_row() {
  OpRow r = unary_row("sign", sign, plain_values,
                      each([](auto x) { return decltype(x)(x > decltype(x)(0) ? 1 : -1); },
                           [](Wide x) { return Wide(x.v > 0 ? 1 : x.v < 0 ? -1 : x.v); }), {});
  r.rules = {};
  return r;
}

OpRow pow_row() {
  OpRow r{.name = "pow", .rules = {"pow"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    for (double p : {0.5, 3.0, 2.0, -1.5, 1.0, 0.0}) {
      const Maker maker = p == 2 || p == 3 ? plain_values : positive_values;
      add_samples(samples, gen, text({"power ", p}), maker,
                  [p](const Tensor& x) { return pow(x, p); },
                  exactly([p](auto x) { using std::pow; return pow(x, p); }), {{"p", p}});
    }
    add_samples(samples, gen, "powers", positive_values, plain_values,
                gradus::pow,
                each_pair([](auto x, auto p) {
                  using std::exp, std::log;
                  return exp(p * log(x));
                }, pow_at_edge));
    return samples;
  }};
  r.bad = bad_for_two(gradus::pow);
  const auto square = [](Inputs in) { pow(in[0], 2); };
  r.bad.push_back({"whole numbers", {ones({2}, DType::i64)}, square, "i64"});
  const auto power = [](const Sample& s) { return s.attributes.count("p") ? s["p"] : 0; };
  r.mutants = {
      wrong_slope("p missing", [=](V x, V, auto& s) { return std::pow(x, power(s) - 1); }),
      wrong_slope("x^p for x^(p-1)", [=](V, V y, auto& s) { return power(s) * y; }),
      wrong_slope_of(0, "exponent of the base forgotten", [](V, V b, V y) { return b * y; }),
      wrong_slope_of(1, "log x missing", [](V, V, V y) { return y; }),
      wrong_slope_of(1, "log p for log x", [](V, V b, V y) { return y * std::log(b * b); }),
  };
  r.naive = {{"e^(p log x)", [=](Inputs in, const Sample& s) -> Tensors {
                if (in.size() > 1) return s.call(in);
                return gradus::exp(power(s) * gradus::log(in[0]));
              }},
             naive_pair("e^(p log x) of two", [](const Tensor& x, const Tensor& p) {
               return gradus::exp(p * gradus::log(x));
             })};
  return r;
}

// clamp at its bounds, minus the same function composed of relu, whose derivative at its kink is 0.
// The result is 0 everywhere; its gradient is 0 only if clamp's derivative at a bound is 0 too.
Sample clamp_at_bounds(Generator& gen) {
  Tensor x = on_marks(gen, {6, 7});
  x.mutable_data<double>()[0] = -0.5;
  x.mutable_data<double>()[1] = 0.5;
  return {.label = "on its bounds",
          .inputs = {x},
          .call = [](Inputs in) {
            return sub(clamp(in[0], -0.5, 0.5), 0.5 - relu(1 - relu(in[0] + 0.5)));
          },
          .reference = each([](auto v) { return 0 * v; }),
          .attributes = {{"min", -0.5}, {"max", 0.5}},
          .kink = true};
}

OpRow clamp_row() {
  OpRow r{.name = "clamp", .rules = {"clamp"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const char* what, std::optional<double> min, std::optional<double> max) {
      add_samples(samples, gen, what, between_marks,
                  [=](const Tensor& x) { return clamp(x, min, max); },
                  each([=](auto x) {
                    using T = decltype(x);
                    if (min && x <= T(*min)) x = T(*min);  // a constant: derivative 0 at a bound
                    return max && x >= T(*max) ? T(*max) : x;
                  }),
                  {{"min", min.value_or(-9)}, {"max", max.value_or(9)}});
    };
    add("both", -0.4, 0.3), add("min", 0.1, {}), add("max", {}, 0.5), add("crossed", 0.5, -0.5);
    samples.push_back(clamp_at_bounds(gen));
    return samples;
  }};
  r.bad = {{"no bound", {ones({2})}, [](Inputs in) { clamp(in[0], {}); }, "neither"},
           {"whole numbers", {ones({2}, DType::i64)}, [](Inputs in) { clamp(in[0], 0); }, "i64"},
           {"NaN", {ones({2})}, [](Inputs in) { clamp(in[0], NAN, 1); }, "NaN"}};
  r.mutants = {
      wrong_slope("passes everywhere", [](V, V) { return 1; }),
      wrong_slope("min ignored", [](V x, V, auto& s) { return x <= s["max"]; }),
      wrong_slope("max ignored", [](V x, V, auto& s) { return x >= s["min"]; }),
      wrong_slope("a bound counts as inside",
                  [](V x, V, auto& s) { return x >= s["min"] && x <= s["max"]; }),
      wrong_slope("outside for inside",
                  [](V x, V, auto& s) { return x < s["min"] || x > s["max"]; }),
  };
  r.naive = {naive("min + relu(x - min) - relu(x - max)", [](const Tensor& x, const Sample& s) {
    return s["min"] + relu(x - s["min"]) - relu(x - s["max"]);
  })};
  return r;
}

}  // namespace

Rows elementwise_unary_rows() {
  Rows rows = plain_unary_rows();
  for (OpRow& r : root_and_angle_rows()) rows.push_back(std::move(r));
  rows.push_back(sign_row());
  rows.push_back(pow_row());
  rows.push_back(clamp_row());
  return rows;
}

}  // namespace gradus::check
