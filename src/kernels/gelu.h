// SPDX-License-Identifier: MIT
// gelu and its derivative, computed together because they share the expensive part; also correct
// at +-inf, where the textbook formulas give 0 * inf. Phi(x) for x < 0 is computed from the tail
//   Phi(-a) = phi(a) R(a),  R smooth and slowly varying (Mills 1926),
// so that small results stay accurate, where 1 + erf(x / sqrt 2) loses all digits.
#pragma once
#include "kernels/math.h"

namespace gradus::kernels {

template <class T> struct ValueSlope { T y, slope; };

namespace detail {
inline constexpr double inv_sqrt_2pi = 0.3989422804014327, sqrt_half = 0.7071067811865476;

// The normal density phi(a) and Phi(-a) for a >= 0. phi is computed as a power of two, 0 beyond
// 13.2.
struct NormalTail {
  float density, below;
};
[[gnu::always_inline]] inline NormalTail normal_tail(float a) {
  // 2^f times 2 / sqrt(2 pi)
  constexpr float power[] = {0x1.988456p-1f, 0x1.1b299p-1f,  0x1.88893ep-3f,
                             0x1.6ac776p-5f, 0x1.fa2164p-8f, 0x1.18efdcp-10f};
  constexpr float ratio[] = {0x1.b2d23ep-11f, 0x1.8ade1p-2f,   0x1.fe886p-2f, -0x1.df8e4ap-7f,
                             0x1.cd407ep-1f,  -0x1.54a39cp-1f, 0x1.2dcf5p-3f};
  constexpr float magic = 0x1.8p23f + 126, c = -0x1.715476p-1f;  // -log2(e) / 2
  const float square = a * a, shifted = std::fma(square, c, magic);
  const float f = std::fma(square, c, magic - shifted);  // from -1/2 to 1/2
  const float scaled = polynomial(f, power) * half_scale(shifted);
  const float density = a > 13.2f ? 0 : scaled;
  return {density, density * polynomial(1 / std::fma(0.4f, a, 1.0f), ratio)};
}
}  // namespace detail

/// x Phi(x), Phi the normal distribution; derivative Phi(x) + x phi(x). (Hendrycks and Gimpel 2016)
[[gnu::always_inline]] inline ValueSlope<float> gelu(float x) {
  const auto [density, tail] = detail::normal_tail(std::fabs(x));
  const float below = x < 0 ? tail : 1 - tail;
  const float y = x * below, slope = std::fma(x, density, below);
  return {x < -13.2f ? 0 : y, std::fabs(x) > 13.2f ? below : slope};
}

inline ValueSlope<double> gelu(double x) {
  if (x < -40) return {0, 0};
  const double below = 0.5 * std::erfc(-detail::sqrt_half * x);
  const double within = x > 40 ? 40 : x;
  return {x * below, below + within * exp(-0.5 * within * within) * detail::inv_sqrt_2pi};
}

/// The form with tanh, 0.5 x (1 + tanh u) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
template <class T> [[gnu::always_inline]] inline ValueSlope<T> gelu_tanh(T x) {
  constexpr T k = 2 * 2 * T(detail::inv_sqrt_2pi), cubic = T(0.044715);  // 2 sqrt(2 / pi)
  constexpr T limit = sizeof(T) == 4 ? 10 : 24;  // beyond it, sigmoid is 0 or 1
  const T a = std::fabs(x) > limit ? limit : std::fabs(x), square = a * a;
  const T e = exp(-k * a * std::fma(cubic, square, T(1)));  // sigmoid = 1 / (1 + e) or e / (1 + e)
  const T inverse = 1 / (1 + e), below = x < 0 ? e * inverse : inverse;
  const T du = k * std::fma(3 * cubic, square, T(1)), y = x * below;
  return {x < -limit ? 0 : y, std::fma(std::copysign(a, x) * du, e * inverse * inverse, below)};
}

}  // namespace gradus::kernels
