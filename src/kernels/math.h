// SPDX-License-Identifier: MIT
// Elementary functions for loops: branch-free polynomials in float, so that `omp simd` vectorises
// them and a value gives the same bits at any position in an array (the C library's vector
// functions differ in loop tails). Errors: exp and log 1 ulp, log1p and erf 1.5, expm1, tanh and
// sigmoid 2.5; denormals count as 0. Selects are written so that NaN propagates.
// Coefficients: minimax fits (Remez 1934) for the reductions of Cody and Waite 1980.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace gradus::kernels {
namespace detail {

/// c[0] + c[1] x + ... + c[n-1] x^(n-1): Horner's rule in x^2 over pairs of coefficients, which
/// halves the chain of dependent operations.
template <int n> [[gnu::always_inline]] inline float polynomial(float x, const float (&c)[n]) {
  const float square = x * x;
  constexpr int top = (n - 1) / 2 * 2;
  float sum = n % 2 ? c[top] : std::fma(c[n - 1], x, c[top]);
#pragma GCC unroll 8
  for (int i = top - 2; i >= 0; i -= 2) sum = std::fma(sum, square, std::fma(c[i + 1], x, c[i]));
  return sum;
}

/// x = n ln 2 + r with |r| <= ln(2) / 2 and a whole n; `shifted` holds n + 126 in its low bits.
struct ExpParts {
  float shifted, r;
};
[[gnu::always_inline]] inline ExpParts reduce_exp(float x) {
  constexpr float magic = 0x1.8p23f + 126;  // adding it rounds to a whole number
  const float shifted = std::fma(x, 0x1.715476p0f, magic);
  const float n = shifted - magic;
  const float high = std::fma(n, -0x1.62e43p-1f, x);  // ln 2 in two parts
  return {shifted, std::fma(n, 0x1.05c61p-29f, high)};
}
/// 2^(n - 1), from n = -126, which gives 0, to n = 128.
[[gnu::always_inline]] inline float half_scale(float shifted) {
  return std::bit_cast<float>(std::bit_cast<uint32_t>(shifted) << 23);
}
/// (exp(r) - 1 - r) / r^2
[[gnu::always_inline]] inline float exp_tail(float r) {
  constexpr float c[] = {0x1.fffffep-2f, 0x1.5554b4p-3f, 0x1.5556f6p-5f, 0x1.122538p-7f,
                         0x1.6b97acp-10f};
  return polynomial(r, c);
}

/// u = m 2^e with 2/3 <= m < 4/3.
struct LogParts {
  float m;
  int32_t e;
};
[[gnu::always_inline]] inline LogParts reduce_log(float u) {
  constexpr uint32_t two_thirds = 0x3f2aaaab;  // unsigned, so that a negative u may wrap
  const int32_t e = static_cast<int32_t>(std::bit_cast<uint32_t>(u) - two_thirds) >> 23;
  return {std::bit_cast<float>(
              static_cast<int32_t>(std::bit_cast<uint32_t>(u) - (static_cast<uint32_t>(e) << 23))),
          e};
}
/// log((1 + f) 2^e)
[[gnu::always_inline]] inline float log_of(float f, int32_t e) {
  constexpr float c[] = {-0.5f,           0x1.555506p-2f, -0x1.fffefap-3f,
                         0x1.99d05cp-3f,  -0x1.559c3p-3f, 0x1.1ed452p-3f,
                         -0x1.f33c0ap-4f, 0x1.1e72ap-3f,  -0x1.07ab7p-3f};
  const float tail = std::fma(f * f, polynomial(f, c), f);
  return std::fma(static_cast<float>(e), 0x1.62e43p-1f, tail);
}
/// The result of log where the formula does not apply: u is below the smallest normal number,
/// infinite or NaN.
[[gnu::always_inline]] inline float log_edges(float u, float formula) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const float low = u < 0 ? nan : -INFINITY;
  const float high = u < INFINITY ? formula : u;
  return u < 0x1p-126f ? low : high;
}

}  // namespace detail

/// e^x; 0 below -87 (where the result would be less than 1.5 times the smallest normal number).
[[gnu::always_inline]] inline float exp(float x) {
  const auto [shifted, r] = detail::reduce_exp(x);
  const float q = std::fma(detail::exp_tail(r), r * r, r);  // e^r - 1
  const float y = std::fma(q, 2.0f, 2.0f) * detail::half_scale(shifted);
  const float above = x > 89.0f ? INFINITY : y;
  return x < -87.33f ? 0 : above;
}

/// e^x - 1, exact for small x too.
[[gnu::always_inline]] inline float expm1(float x) {
  const auto [shifted, r] = detail::reduce_exp(x);
  const float q = std::fma(detail::exp_tail(r), r * r, r), half = detail::half_scale(shifted);
  const float y = 2 * std::fma(half, q, half - 0.5f);
  const float above = x > 89.0f ? INFINITY : y;
  const float large = x < -87.33f ? -1 : above;
  return std::fabs(x) < 6e-8f ? x : large;  // halves of the smallest numbers would flush to 0
}

/// The natural logarithm: -inf at 0, NaN below.
[[gnu::always_inline]] inline float log(float x) {
  const auto [m, e] = detail::reduce_log(x);
  return detail::log_edges(x, detail::log_of(m - 1, e));
}

/// log(1 + x), accurate for small x too: the rounding error of u = 1 + x is added to the reduced
/// argument.
[[gnu::always_inline]] inline float log1p(float x) {
  const float u = 1 + x;
  const float lost = x - (u - 1);
  const auto [m, e] = detail::reduce_log(u);
  const float scale = std::bit_cast<float>((e < 127 ? 127 - e : 0) << 23);  // 2^-e
  const float y = detail::log_edges(u, detail::log_of(std::fma(lost, scale, m - 1), e));
  return x == 0 ? x : y;
}

/// (e^t - 1) / (e^t + 1) with t = 2 |x|, and the sign of x.
[[gnu::always_inline]] inline float tanh(float x) {
  const float a = std::fabs(x);
  const auto [shifted, r] = detail::reduce_exp(2 * a);
  const float q = std::fma(detail::exp_tail(r), r * r, r);  // e^r - 1
  const float s = 2 * detail::half_scale(shifted);
  const float e = std::fma(s, q, s - 1);
  return std::copysign(a > 9.02f ? 1 : e / (e + 2), x);
}

/// 1 / (1 + e^-x)
[[gnu::always_inline]] inline float sigmoid(float x) { return 1 / (1 + exp(-x)); }

/// The error function: a polynomial up to 0.85, 1 - exp(polynomial) beyond.
[[gnu::always_inline]] inline float erf(float x) {
  constexpr float near[] = {0x1.06eba8p-3f,  -0x1.812726p-2f, 0x1.ce256ap-4f,
                            -0x1.b735eap-6f, 0x1.4b763p-8f,   -0x1.4cd86p-11f};
  constexpr float far[] = {-0x1.b65eeap-14f, -0x1.20c89cp0f, -0x1.45e5ccp-1f, -0x1.ac2378p-4f,
                           0x1.70f3dep-6f,   -0x1.98a9dp-9f, 0x1.ab2394p-13f};
  const float a = std::fabs(x);
  const float small = std::fma(a, detail::polynomial(a * a, near), a);
  const float large = 1 - exp(detail::polynomial(a > 3.95f ? 3.95f : a, far));
  return std::copysign(a < 0.85f ? small : large, x);
}

// Out of line, so that compilers do not replace them by vector functions of the C library.
[[gnu::noinline]] inline float sin(float x) { return std::sin(x); }
[[gnu::noinline]] inline float cos(float x) { return std::cos(x); }
[[gnu::noinline]] inline float pow(float x, float p) { return std::pow(x, p); }
[[gnu::noinline]] inline double exp(double x) { return std::exp(x); }
[[gnu::noinline]] inline double expm1(double x) { return std::expm1(x); }
[[gnu::noinline]] inline double log(double x) { return std::log(x); }
[[gnu::noinline]] inline double log1p(double x) { return std::log1p(x); }
[[gnu::noinline]] inline double tanh(double x) { return std::tanh(x); }
[[gnu::noinline]] inline double erf(double x) { return std::erf(x); }
[[gnu::noinline]] inline double sin(double x) { return std::sin(x); }
[[gnu::noinline]] inline double cos(double x) { return std::cos(x); }
[[gnu::noinline]] inline double pow(double x, double p) { return std::pow(x, p); }
inline double sigmoid(double x) { return 1 / (1 + exp(-x)); }

}  // namespace gradus::kernels
