// SPDX-License-Identifier: MIT
// Activations: the nonlinearities between linear layers. The expensive ones save their derivative.
// Kernel: kernels/elementwise.h, kernels/gelu.h. Checks: check/rows/elementwise_activation.cpp.
#include <numbers>

#include "elementwise_rows.h"
#include "gradus/ops/elementwise.h"

namespace gradus {
namespace {

using kernels::costly_grain, kernels::ValueSlope;

struct Tanh : UnaryRow<Keep::output, costly_grain> {
  static constexpr const char* name = "tanh";
  template <class T> T f(T x) const { return kernels::tanh(x); }
  template <class T> T dx(T dy, T y) const { return dy * (1 - y * y); }
};

struct Sigmoid : UnaryRow<Keep::output, costly_grain> {
  static constexpr const char* name = "sigmoid";
  template <class T> T f(T x) const { return kernels::sigmoid(x); }
  template <class T> T dx(T dy, T y) const { return dy * y * (1 - y); }
};

struct Relu : UnaryRow<Keep::output> {
  static constexpr const char* name = "relu";
  template <class T> T f(T x) const { return x < 0 ? T(0) : x; }
  template <class T> T dx(T dy, T y) const { return y <= 0 ? T(0) : dy; }
  Tensor dx(const Tensor& dy, const Tensor& y) const { return masked_fill(dy, le(y, 0), 0); }
};

struct LeakyRelu : UnaryRow<Keep::input> {
  static constexpr const char* name = "leaky_relu";
  double slope;
  template <class T> T f(T x) const { return x > 0 ? x : T(slope) * x; }
  template <class T> T dx(T dy, T x) const { return x > 0 ? dy : T(slope) * dy; }
  Tensor dx(const Tensor& dy, const Tensor& x) const { return where(gt(x, 0), dy, slope * dy); }
};

struct Elu : UnaryRow<Keep::slope, costly_grain> {
  static constexpr const char* name = "elu";
  double alpha;
  template <class T> ValueSlope<T> both(T x) const {
    const T y = T(alpha) * kernels::expm1(x), slope = y + T(alpha);
    return {x > 0 ? x : y, x > 0 ? T(1) : slope};
  }
  Tensor second(const Tensor& x) const {
    return masked_fill(alpha * gradus::exp(masked_fill(x, gt(x, 0), 0)), gt(x, 0), 0);
  }
};

struct GeluErf : UnaryRow<Keep::slope, costly_grain> {
  static constexpr const char* name = "gelu";
  template <class T> ValueSlope<T> both(T x) const { return kernels::gelu(x); }
  // phi(x) (2 - x^2), phi the density of the normal distribution: 0 far out, where x^2 overflows
  Tensor second(const Tensor& x) const {
    const Tensor near = clamp(x, -40, 40), square = near * near;
    return gradus::exp(-0.5 * square) * (2 - square) / std::sqrt(2 * std::numbers::pi);
  }
};

struct GeluTanh : UnaryRow<Keep::slope, costly_grain> {
  static constexpr const char* name = "gelu";
  template <class T> ValueSlope<T> both(T x) const { return kernels::gelu_tanh(x); }
  // (1 - t^2) (u' + x u'' / 2 - x t u'^2), t = tanh(u), u = c (x + d x^3): 0 far out
  Tensor second(const Tensor& far) const {
    const double c = std::sqrt(2 / std::numbers::pi), d = 0.044715;
    const Tensor x = clamp(far, -30, 30);
    const Tensor square = x * x, t = gradus::tanh(c * x * (1 + d * square));
    const Tensor slope = c * (1 + 3 * d * square);
    return (1 - t * t) * (slope + 3 * c * d * square - x * t * slope * slope);
  }
};

// y = x s, slope s + x s (1 - s), with s = sigmoid(x); 0 and 0 at -inf
struct Silu : UnaryRow<Keep::slope, costly_grain> {
  static constexpr const char* name = "silu";
  template <class T> ValueSlope<T> both(T x) const {
    constexpr T limit = sizeof(T) == 4 ? 100 : 740;  // beyond it, s is 0 or 1
    const T a = std::fabs(x) > limit ? limit : std::fabs(x), e = kernels::exp(-a);
    const T inverse = 1 / (1 + e), s = x < 0 ? e * inverse : inverse, y = x * s;
    return {x < -limit ? 0 : y, std::fma(std::copysign(a, x), e * inverse * inverse, s)};
  }
  Tensor second(const Tensor& x) const {  // s (1 - s) (2 + x (1 - 2 s))
    const Tensor s = gradus::sigmoid(x);
    return s * (1 - s) * (2 + x * (1 - 2 * s));
  }
};

// y = log(1 + e^(beta x)) / beta, slope sigmoid(beta x)
struct Softplus : UnaryRow<Keep::slope, costly_grain> {
  static constexpr const char* name = "softplus";
  double beta, threshold;
  template <class T> ValueSlope<T> both(T x) const {
    const T z = T(beta) * x, e = kernels::exp(-std::fabs(z)), inverse = 1 / (1 + e);
    const T y = ((z < 0 ? T(0) : z) + kernels::log1p(e)) / T(beta);
    const T slope = z < 0 ? e * inverse : inverse;
    return {z > T(threshold) ? x : y, z > T(threshold) ? T(1) : slope};
  }
  Tensor second(const Tensor& x) const {  // beta s (1 - s)
    const Tensor z = beta * x, s = gradus::sigmoid(z);
    return masked_fill(beta * s * (1 - s), gt(z, threshold), 0);
  }
};

}  // namespace

Tensor tanh(const Tensor& x) { return unary(Tanh{}, x); }
Tensor sigmoid(const Tensor& x) { return unary(Sigmoid{}, x); }
Tensor relu(const Tensor& x) { return unary(Relu{}, x); }
Tensor leaky_relu(const Tensor& x, double slope) { return unary(LeakyRelu{{}, slope}, x); }
Tensor elu(const Tensor& x, double alpha) { return unary(Elu{{}, alpha}, x); }
Tensor silu(const Tensor& x) { return unary(Silu{}, x); }

Tensor gelu(const Tensor& x, Gelu approximate) {
  return approximate == Gelu::none ? unary(GeluErf{}, x) : unary(GeluTanh{}, x);
}

Tensor softplus(const Tensor& x, double beta, double threshold) {
  if (!(beta > 0)) argument_error({"softplus: beta ", beta, " must be positive"});
  return unary(Softplus{{}, beta, threshold}, x);
}

}  // namespace gradus
