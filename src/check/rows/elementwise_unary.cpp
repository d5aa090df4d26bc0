// SPDX-License-Identifier: MIT
// Rows of ops/elementwise.h: functions of one tensor.
#include "check/rows/elementwise.h"
#include "gradus/ops/elementwise.h"

namespace gradus::check {
namespace {

// A row whose samples come from one formula.
template <class F>
OpRow row(const char* name, Tensor (*op)(const Tensor&), Maker values, F reference,
          std::vector<Mutant> mutants) {
  return {.name = name,
          .rules = {name},
          .samples = [=](Generator& gen) {
            std::vector<Sample> samples;
            add_samples(samples, gen, "", values, op, each(reference));
            return samples;
          },
          .bad = bad_for_one(op),
          .mutants = std::move(mutants)};
}

Rows plain_rows() {
  return {
      row("neg", neg, plain_values, [](auto x) { return -x; },
          {wrong_slope("sign lost", [](V, V) { return 1; }),
           wrong_slope("times x", [](V x, V) { return -x; }),
           wrong_slope("only where x > 0", [](V x, V) { return x > 0 ? -1 : 0; })}),
      row("abs", gradus::abs, plain_values, [](auto x) { return x < decltype(x)(0) ? -x : x; },
          {wrong_slope("sign ignored", [](V, V) { return 1; }),
           wrong_slope("0 below 0", [](V x, V) { return x > 0; }),
           wrong_slope("x for its sign", [](V x, V) { return x; })}),
      row("exp", gradus::exp, plain_values, [](auto x) { using std::exp; return exp(x); },
          {wrong_slope("of x", [](V x, V) { return x; }),
           wrong_slope("1 + x", [](V x, V) { return 1 + x; }),
           wrong_slope("y - 1", [](V, V y) { return y - 1; })}),
      row("log", gradus::log, positive_values, [](auto x) { using std::log; return log(x); },
          {wrong_slope("1 / (1 + x)", [](V x, V) { return 1 / (1 + x); }),
           wrong_slope("1 / y", [](V, V y) { return 1 / y; }),
           wrong_slope("base 2", [](V x, V) { return std::log(2) / x; })}),
      row("sqrt", gradus::sqrt, positive_values, [](auto x) { using std::sqrt; return sqrt(x); },
          {wrong_slope("2 missing", [](V, V y) { return 1 / y; }),
           wrong_slope("x for y", [](V x, V) { return 1 / (2 * x); }),
           wrong_slope("y / 2", [](V, V y) { return y / 2; })}),
      row("sin", gradus::sin, plain_values, [](auto x) { using std::sin; return sin(x); },
          {wrong_slope("negated", [](V x, V) { return -std::cos(x); }),
           wrong_slope("sin x", [](V, V y) { return y; }),
           wrong_slope("1 - x^2 / 2", [](V x, V) { return 1 - x * x / 2; })}),
      row("cos", gradus::cos, plain_values, [](auto x) { using std::cos; return cos(x); },
          {wrong_slope("sign lost", [](V x, V) { return std::sin(x); }),
           wrong_slope("cos x", [](V, V y) { return y; }),
           wrong_slope("-x", [](V x, V) { return -x; })}),
  };
}

OpRow sign_row() {
  OpRow r = row("sign", sign, plain_values,
                [](auto x) { return decltype(x)(x > decltype(x)(0) ? 1 : -1); }, {});
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
                  each([p](auto x) { using std::pow; return pow(x, p); }), {{"p", p}});
    }
    add_samples(samples, gen, "powers", positive_values, plain_values,
                gradus::pow,
                each_pair([](auto x, auto p) {
                  using std::exp, std::log;
                  return exp(p * log(x));
                }));
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
  return r;
}

OpRow clamp_row() {
  OpRow r{.name = "clamp", .rules = {"clamp"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const char* what, std::optional<double> min, std::optional<double> max) {
      add_samples(samples, gen, what, between_marks,
                  [=](const Tensor& x) { return clamp(x, min, max); },
                  each([=](auto x) {
                    using T = decltype(x);
                    if (min && x < T(*min)) x = T(*min);
                    return max && x > T(*max) ? T(*max) : x;
                  }),
                  {{"min", min.value_or(-9)}, {"max", max.value_or(9)}});
    };
    add("both", -0.4, 0.3), add("min", 0.1, {}), add("max", {}, 0.5), add("crossed", 0.5, -0.5);
    return samples;
  }};
  r.bad = {{"no bound", {ones({2})}, [](Inputs in) { clamp(in[0], {}); }, "neither"},
           {"whole numbers", {ones({2}, DType::i64)}, [](Inputs in) { clamp(in[0], 0); }, "i64"}};
  r.mutants = {
      wrong_slope("passes everywhere", [](V, V) { return 1; }),
      wrong_slope("min ignored", [](V x, V, auto& s) { return x <= s["max"]; }),
      wrong_slope("max ignored", [](V x, V, auto& s) { return x >= s["min"]; }),
      wrong_slope("outside for inside",
                  [](V x, V, auto& s) { return x < s["min"] || x > s["max"]; }),
  };
  return r;
}

}  // namespace

Rows elementwise_unary_rows() {
  Rows rows = plain_rows();
  rows.push_back(sign_row());
  rows.push_back(pow_row());
  rows.push_back(clamp_row());
  return rows;
}

}  // namespace gradus::check
