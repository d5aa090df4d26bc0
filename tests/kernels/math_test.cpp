// SPDX-License-Identifier: MIT
// The elementary functions against those of the C library in double: accuracy over all floats,
// special values, and the same bits in a vectorised loop as for one number.
#include "tests/catch.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/ops/elementwise.h"
#include "kernels/gelu.h"

using namespace gradus;
using namespace gradus::tests;

namespace kernels_math_test {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float smallest = std::numeric_limits<float>::min();

// Every 4001st float, without denormals, and the points where formulas change.
const std::vector<float>& floats() {
  static const std::vector<float> all = [] {
    std::vector<float> x = {0.0f,    -0.0f,    1,        -1,     88.72283f, 88.7229f,
                            -86.98f, -87.3f,   0.85f,    -0.85f, 9.02f,     9.03f,
                            18.1f,   2.0f / 3, 4.0f / 3, 3.95f,  smallest,  -smallest,
                            1e-8f,   -1e-8f,   inf,      -inf,   NAN};
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 4001) {
      const float v = std::bit_cast<float>(static_cast<uint32_t>(bits));
      if (std::isnan(v) || std::fabs(v) >= smallest) x.push_back(v);
    }
    return x;
  }();
  return all;
}

// Distance in units of the last place of the exact value; results that are denormal count as 0.
double ulps(float y, double exact) {
  if (std::isnan(exact)) return std::isnan(y) ? 0 : INFINITY;
  const auto nearest = static_cast<float>(exact);
  if (std::isinf(nearest) || std::isinf(y)) return nearest == y ? 0 : INFINITY;
  if (std::abs(exact) < 1.5 * smallest) return std::fabs(y) < 1.5 * smallest ? 0 : INFINITY;
  int exponent;
  std::frexp(exact, &exponent);
  return std::abs(y - exact) / std::ldexp(1.0, exponent - 24);
}

template <class F> void check(const char* name, F f, double (*exact)(double), double limit) {
  flush_denormals();
  double worst = 0;
  float at = 0;
  for (float x : floats())
    if (const double u = ulps(f(x), exact(x)); u > worst) {
      worst = u;
      at = x;
    }
  INFO(name << " at " << at << ": " << f(at) << " for " << exact(at));
  CHECK(worst <= limit);
}

// The op on an array gives the same bits as f on one number, at any position.
template <class F> void check_bits(const char* name, Tensor (*op)(const Tensor&), F f) {
  flush_denormals();
  const auto n = static_cast<int64_t>(floats().size()) / 20;
  for (int64_t start : {0, 3}) {
    Tensor x = Tensor::empty({n - start}, DType::f32);
    std::copy_n(floats().begin() + start, n - start, x.mutable_data<float>());
    const Tensor y = op(x);
    int64_t other = 0;
    for (int64_t i = 0; i < x.numel(); ++i) {
      const float expected = f(x.data<float>()[i]), v = y.data<float>()[i];
      other += std::memcmp(&expected, &v, sizeof v) != 0 && !std::isnan(v);
    }
    INFO(name);
    CHECK(other == 0);
  }
}

TEST_CASE("float functions are right to one or two units in the last place", "[math]") {
  namespace k = kernels;
  check(
      "exp", [](float x) { return k::exp(x); }, std::exp, 1.05);
  check(
      "expm1", [](float x) { return k::expm1(x); }, std::expm1, 2);
  check(
      "log", [](float x) { return k::log(x); }, std::log, 1.0);
  check(
      "log1p", [](float x) { return k::log1p(x); }, std::log1p, 1.6);
  check(
      "tanh", [](float x) { return k::tanh(x); }, std::tanh, 2.5);
  check(
      "erf", [](float x) { return k::erf(x); }, std::erf, 1.3);
  check(
      "sigmoid", [](float x) { return k::sigmoid(x); },
      [](double x) { return 1 / (1 + std::exp(-x)); }, 2.5);
}

TEST_CASE("a value gives the same bits at any position of an array", "[math]") {
  namespace k = kernels;
  check_bits("exp", gradus::exp, [](float x) { return k::exp(x); });
  check_bits("log", gradus::log, [](float x) { return k::log(x); });
  check_bits("tanh", gradus::tanh, [](float x) { return k::tanh(x); });
  check_bits("sigmoid", sigmoid, [](float x) { return k::sigmoid(x); });
  check_bits("sqrt", gradus::sqrt, [](float x) { return std::sqrt(x); });
  check_bits(
      "gelu", [](const Tensor& x) { return gelu(x); }, [](float x) { return k::gelu(x).y; });
}

TEST_CASE("signs of zero", "[math]") {
  for (float zero : {0.0f, -0.0f}) {
    CHECK(std::signbit(kernels::tanh(zero)) == std::signbit(zero));
    CHECK(std::signbit(kernels::erf(zero)) == std::signbit(zero));
    CHECK(std::signbit(kernels::log1p(zero)) == std::signbit(zero));
    CHECK(kernels::log(zero) == -inf);
  }
}

TEST_CASE("gelu and its derivative: f32 against f64", "[math]") {
  flush_denormals();
  double value = 0, slope = 0, tail = 0;
  for (float x = -14; x < 14; x += 0.00037f) {
    const auto exact = kernels::gelu(static_cast<double>(x));
    const auto y = kernels::gelu(x);
    value = std::max(value, std::abs(y.y - exact.y) / (1 + std::abs(exact.y)));
    slope = std::max(slope, std::abs(y.slope - exact.slope));
    if (x < 0 && x > -10) tail = std::max(tail, std::abs(y.y / exact.y - 1));
    const auto exact_tanh = kernels::gelu_tanh(static_cast<double>(x));
    const auto y_tanh = kernels::gelu_tanh(x);
    value = std::max(value, std::abs(y_tanh.y - exact_tanh.y) / (1 + std::abs(exact_tanh.y)));
    slope = std::max(slope, std::abs(y_tanh.slope - exact_tanh.slope));
  }
  CHECK(value < 1.5e-7);
  CHECK(slope < 3e-7);
  CHECK(tail < 2e-4);  // relative: 1 + erf(x) has lost all its digits there
}

}  // namespace kernels_math_test
