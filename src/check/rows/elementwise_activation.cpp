// SPDX-License-Identifier: MIT
// Rows of ops/elementwise.h: activations.
#include "check/rows/elementwise.h"
#include "check/rows/elementwise_edge.h"
#include "gradus/ops/elementwise.h"

namespace gradus::check {
namespace {

constexpr double sqrt_half = 0.70710678118654752440, sqrt_2_over_pi = 0.79788456080286535588;

double sigma(double x) { return 1 / (1 + std::exp(-x)); }
double density(double x) { return sqrt_2_over_pi / 2 * std::exp(-x * x / 2); }
double share(double x) { return 0.5 * (1 + std::erf(sqrt_half * x)); }

Tensor wide_values(Generator& gen, const Shape& shape) { return mul(values(gen, shape), 3); }

void add_wide(std::vector<Sample>& to, Generator& gen, const std::string& what,
              std::function<Tensor(const Tensor&)> op, const Reference& reference,
              const std::map<std::string, double>& attributes = {}) {
  add_samples(to, gen, what, wide_values, std::move(op), reference, attributes);
}

// tanh, sigmoid, relu, silu: no parameters.
OpRow row(const char* name, Tensor (*op)(const Tensor&), const Reference& reference,
          std::vector<Mutant> mutants, std::vector<Naive> naive) {
  return {.name = name,
          .rules = {name},
          .samples = [=](Generator& gen) {
            std::vector<Sample> samples;
            add_wide(samples, gen, "", op, reference);
            return samples;
          },
          .bad = bad_for_one(op),
          .mutants = std::move(mutants),
          .naive = std::move(naive)};
}

Rows plain_activation_rows() {
  return {
      row("tanh", gradus::tanh, each([](auto x) { using std::tanh; return tanh(x); }),
          {wrong_slope("1 - y", [](V, V y) { return 1 - y; }),
           wrong_slope("1 - x^2", [](V x, V) { return 1 - x * x; }),
           wrong_slope("y (1 - y)", [](V, V y) { return y * (1 - y); })},
          {naive("(e^2x - 1) / (e^2x + 1)", [](const Tensor& x) {
            const Tensor e = gradus::exp(2 * x);
            return (e - 1) / (e + 1);
          })}),
      row("sigmoid", sigmoid,
          each([](auto x) { using std::exp; return 1 / (1 + exp(-x)); }, sigmoid_at_edge),
          {wrong_slope("1 - y missing", [](V, V y) { return y; }),
           wrong_slope("1 - y^2", [](V, V y) { return 1 - y * y; }),
           wrong_slope("of x", [](V x, V) { return x * (1 - x); })},
          {naive("e^x / (1 + e^x)", [](const Tensor& x) {
             return gradus::exp(x) / (1 + gradus::exp(x));
           }),
           naive("1 / (1 + e^-x)", [](const Tensor& x) { return 1 / (1 + gradus::exp(-x)); })}),
      row("relu", relu, each([](auto x) { return x <= decltype(x)(0) ? decltype(x)(0) : x; }),
          {wrong_slope("passes everywhere", [](V, V) { return 1; }),
           wrong_slope("below for above", [](V x, V) { return x < 0; }),
           wrong_slope("leaks", [](V x, V) { return x > 0 ? 1 : 0.01; })},
          {naive("(x + |x|) / 2", [](const Tensor& x) { return (x + gradus::abs(x)) / 2; })}),
      row("silu", silu,
          each([](auto x) { using std::exp; return x / (1 + exp(-x)); }, silu_at_edge),
          {wrong_slope("second term missing", [](V x, V) { return sigma(x); }),
           wrong_slope("1 - s missing", [](V x, V) { return sigma(x) * (1 + x); }),
           wrong_slope("s (1 - s)", [](V x, V) { return sigma(x) * (1 - sigma(x)); })},
          {naive("x / (1 + e^-x)", [](const Tensor& x) { return x / (1 + gradus::exp(-x)); }),
           naive("x sigmoid(x)", [](const Tensor& x) { return x * sigmoid(x); })}),
  };
}

OpRow leaky_relu_row() {
  OpRow r{.name = "leaky_relu", .rules = {"leaky_relu"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    for (double slope : {0.01, 0.3, -0.5})
      add_wide(samples, gen, text({"slope ", slope}),
               [=](const Tensor& x) { return leaky_relu(x, slope); },
               each([=](auto x) { return x > decltype(x)(0) ? x : slope * x; }),
               {{"slope", slope}});
    return samples;
  }};
  r.bad = bad_for_one([](const Tensor& x) { return leaky_relu(x); });
  r.mutants = {
      wrong_slope("slope missing", [](V x, V) { return x > 0; }),
      wrong_slope("always the default", [](V x, V) { return x > 0 ? 1 : 0.01; }),
      wrong_slope("parts swapped", [](V x, V, auto& s) { return x > 0 ? s["slope"] : 1; })};
  r.naive = {naive("((1 + s) x + (1 - s) |x|) / 2", [](const Tensor& x, const Sample& s) {
    return ((1 + s["slope"]) * x + (1 - s["slope"]) * gradus::abs(x)) / 2;
  })};
  return r;
}

OpRow elu_row() {
  OpRow r{.name = "elu", .rules = {"elu"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    for (double alpha : {1.0, 0.4})
      add_wide(samples, gen, text({"alpha ", alpha}),
               [=](const Tensor& x) { return elu(x, alpha); },
               each([=](auto x) {
                 using std::exp;
                 return x > decltype(x)(0) ? x : alpha * (exp(x) - 1);
               }, [=](Wide x) { return elu_at_edge(x, alpha); }), {{"alpha", alpha}});
    return samples;
  }};
  r.bad = bad_for_one([](const Tensor& x) { return elu(x); });
  r.mutants = {
      wrong_slope("alpha missing", [](V x, V) { return x > 0 ? 1 : std::exp(x); }),
      wrong_slope("y for y + alpha", [](V x, V y) { return x > 0 ? 1 : y; }),
      wrong_slope("e^x above 0 too", [](V x, V, auto& s) { return s["alpha"] * std::exp(x); }),
      wrong_slope("0 below 0", [](V x, V) { return x > 0; })};
  r.naive = {naive("e^x - 1 above 0, too", [](const Tensor& x, const Sample& s) {
    return where(gt(x, 0), x, s["alpha"] * (gradus::exp(x) - 1));
  })};
  return r;
}

OpRow gelu_row() {
  OpRow r{.name = "gelu", .rules = {"gelu"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    add_wide(samples, gen, "erf", [](const Tensor& x) { return gelu(x); },
             each([](auto x) { using std::erf; return 0.5 * x * (1 + erf(sqrt_half * x)); },
                  gelu_at_edge), {{"tanh", 0}});
    add_wide(samples, gen, "tanh", [](const Tensor& x) { return gelu(x, Gelu::tanh); },
             each([](auto x) {
               using std::tanh;
               return 0.5 * x * (1 + tanh(sqrt_2_over_pi * (x + 0.044715 * x * x * x)));
             }, gelu_tanh_at_edge), {{"tanh", 1}});
    return samples;
  }};
  r.bad = bad_for_one([](const Tensor& x) { return gelu(x); });
  r.mutants = {
      wrong_slope("density term missing", [](V x, V) { return share(x); }),
      wrong_slope("density term halved", [](V x, V) { return share(x) + x * density(x) / 2; }),
      wrong_slope("x missing", [](V x, V) { return share(x) + density(x); }),
      wrong_slope("erf form for both", [](V x, V) { return share(x) + x * density(x); }),
      wrong_slope("tanh form for both", [](V x, V) {
        const double u = 2 * sqrt_2_over_pi * (x + 0.044715 * x * x * x), s = sigma(u);
        return s + x * s * (1 - s) * 2 * sqrt_2_over_pi * (1 + 3 * 0.044715 * x * x);
      }),
      wrong_slope("sigmoid of 1.702 x", [](V x, V) { return sigma(1.702 * x); })};
  r.naive = {naive("0.5 x (1 + tanh(c (x + d x^3)))", [](const Tensor& x, const Sample& s) {
               if (s["tanh"] == 0) return gelu(x);
               return 0.5 * x * (1 + gradus::tanh(sqrt_2_over_pi * (x + 0.044715 * x * x * x)));
             }),
             naive("x times a share", [](const Tensor& x, const Sample& s) {
               return s["tanh"] == 0 ? x * (gelu(x) / x) : gelu(x, Gelu::tanh);
             })};
  return r;
}

OpRow softplus_row() {
  OpRow r{.name = "softplus", .rules = {"softplus"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto some = [&](double beta, double threshold) {  // samples stay away from the threshold
      add_wide(samples, gen, text({"beta ", beta, ", threshold ", threshold}),
               [=](const Tensor& x) { return softplus(x, beta, threshold); },
               each([=](auto x) {
                 using std::exp, std::log1p;
                 return beta * x > decltype(x)(threshold) ? x : log1p(exp(beta * x)) / beta;
               }), {{"beta", beta}, {"threshold", threshold}});
    };
    some(1, 20), some(2.5, 20), some(0.7, 0.1);
    return samples;
  }};
  r.bad = bad_for_one([](const Tensor& x) { return softplus(x); });
  r.bad.push_back({"beta 0", {ones({2})}, [](Inputs in) { softplus(in[0], 0); }, "beta 0"});
  r.mutants = {
      wrong_slope("beta missing", [](V x, V) { return sigma(x); }),
      wrong_slope("beta twice", [](V x, V, auto& s) { return s["beta"] * sigma(s["beta"] * x); }),
      wrong_slope("threshold ignored", [](V x, V, auto& s) { return sigma(s["beta"] * x); }),
      wrong_slope("sigmoid of y", [](V, V y, auto& s) { return sigma(s["beta"] * y); })};
  r.naive = {naive("log(1 + e^x)", [](const Tensor& x, const Sample& s) {
    const double beta = s["beta"];
    return where(gt(beta * x, s["threshold"]), x, gradus::log(1 + gradus::exp(beta * x)) / beta);
  })};
  return r;
}

}  // namespace

Rows elementwise_activation_rows() {
  Rows rows = plain_activation_rows();
  for (OpRow (*more)() : {leaky_relu_row, elu_row, gelu_row, softplus_row}) rows.push_back(more());
  return rows;
}

}  // namespace gradus::check
