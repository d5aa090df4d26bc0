// SPDX-License-Identifier: MIT
// Functions of one tensor, and of a tensor and a number; activations are in
// elementwise_activation.cpp. Kernel: kernels/elementwise.h. Checks: check/rows/elementwise.cpp.
#include "elementwise_rows.h"
#include "gradus/ops/elementwise.h"
#include "kernels/denormal.h"

namespace gradus {
namespace {

using kernels::costly_grain;

struct Neg : UnaryRow<Keep::nothing> {
  static constexpr const char* name = "neg";
  template <class T> T f(T x) const { return -x; }
  template <class T> T dx(T dy) const { return -dy; }
};

struct Abs : UnaryRow<Keep::input> {
  static constexpr const char* name = "abs";
  template <class T> T f(T x) const { return std::fabs(x); }
  template <class T> T dx(T dy, T x) const { return x > 0 ? dy : x < 0 ? -dy : T(0); }
  Tensor dx(const Tensor& dy, const Tensor& x) const { return dy * gradus::sign(x); }
};

struct Sign : UnaryRow<Keep::same> {  // run by constant_op: piecewise constant
  static constexpr const char* name = "sign";
  template <class T> T f(T x) const { return x > 0 ? T(1) : x < 0 ? T(-1) : x; }
};

struct Exp : UnaryRow<Keep::output, costly_grain> {
  static constexpr const char* name = "exp";
  template <class T> T f(T x) const { return kernels::exp(x); }
  template <class T> T dx(T dy, T y) const { return dy * y; }
};

struct Log : UnaryRow<Keep::input, costly_grain> {
  static constexpr const char* name = "log";
  template <class T> T f(T x) const { return kernels::log(kernels::flushed(x)); }
  template <class T> T dx(T dy, T x) const { return dy / x; }
};

struct Sqrt : UnaryRow<Keep::output> {
  static constexpr const char* name = "sqrt";
  template <class T> T f(T x) const { return std::sqrt(x); }
  template <class T> T dx(T dy, T y) const { return dy / (2 * y); }
};

struct Sin : UnaryRow<Keep::input, costly_grain> {
  static constexpr const char* name = "sin";
  template <class T> T f(T x) const { return kernels::sin(x); }
  template <class T> T dx(T dy, T x) const { return dy * kernels::cos(x); }
  Tensor dx(const Tensor& dy, const Tensor& x) const { return dy * gradus::cos(x); }
};

struct Cos : UnaryRow<Keep::input, costly_grain> {
  static constexpr const char* name = "cos";
  template <class T> T f(T x) const { return kernels::cos(x); }
  template <class T> T dx(T dy, T x) const { return -dy * kernels::sin(x); }
  Tensor dx(const Tensor& dy, const Tensor& x) const { return -dy * gradus::sin(x); }
};

template <int p> struct WholePower : UnaryRow<Keep::input> {  // x^2 and x^3
  static constexpr const char* name = "pow";
  template <class T> T f(T x) const { return p == 2 ? x * x : x * x * x; }
  template <class T> T dx(T dy, T x) const { return p * dy * (p == 2 ? x : x * x); }
};

struct Power : UnaryRow<Keep::input, costly_grain> {
  static constexpr const char* name = "pow";
  double p;
  template <class T> T f(T x) const { return kernels::pow(kernels::flushed(x), T(p)); }
  template <class T> T dx(T dy, T x) const {
    return p == 0 ? T(0) : dy * T(p) * kernels::pow(kernels::flushed(x), T(p - 1));
  }
  Tensor dx(const Tensor& dy, const Tensor& x) const {
    return p == 0 ? dy * 0 : dy * p * gradus::pow(x, p - 1);
  }
};

struct Clamp : UnaryRow<Keep::input> {
  static constexpr const char* name = "clamp";
  double min, max;        // infinite if the bound is not given
  bool has_min, has_max;  // a given bound, even if infinite, stops the gradient of an infinite x
  template <class T> T f(T x) const {
    const T low = x < T(min) ? T(min) : x;
    return low > T(max) ? T(max) : low;
  }
  template <class T> T dx(T dy, T x) const {
    const bool above = !has_min | (x > T(min)), below = !has_max | (x < T(max));
    return (above & below) ? dy : T(0);
  }
  Tensor dx(const Tensor& dy, const Tensor& x) const {
    Tensor slope = dy;
    if (has_min) slope = masked_fill(slope, logical_not(gt(x, min)), 0);
    if (has_max) slope = masked_fill(slope, logical_not(lt(x, max)), 0);
    return slope;
  }
};

// ---- with a number c

struct AddNumber : UnaryRow<Keep::same> {
  static constexpr const char* name = "add";
  double c;
  template <class T> T f(T x) const { return x + T(c); }
};

struct SubFromNumber : UnaryRow<Keep::nothing> {
  static constexpr const char* name = "sub";
  double c;
  template <class T> T f(T x) const { return T(c) - x; }
  template <class T> T dx(T dy) const { return -dy; }
};

struct SubNumber : UnaryRow<Keep::same> {
  static constexpr const char* name = "sub";
  double c;
  template <class T> T f(T x) const { return x - T(c); }
};

struct MulNumber : UnaryRow<Keep::nothing> {
  static constexpr const char* name = "mul";
  double c;
  template <class T> T f(T x) const { return x * T(c); }
  template <class T> T dx(T dy) const { return dy * T(c); }
  Tensor dx(const Tensor& dy) const { return dy * c; }
};

struct DivByNumber : UnaryRow<Keep::nothing> {
  static constexpr const char* name = "div";
  double c;
  template <class T> T f(T x) const { return x / T(c); }
  template <class T> T dx(T dy) const { return dy / T(c); }
  Tensor dx(const Tensor& dy) const { return dy / c; }
};

struct DivNumber : UnaryRow<Keep::input> {  // y = c / x, dx = -dy y / x
  static constexpr const char* name = "div";
  double c;
  template <class T> T f(T x) const { return T(c) / x; }
  template <class T> T dx(T dy, T x) const { return -dy * (T(c) / x) / x; }
  Tensor dx(const Tensor& dy, const Tensor& x) const { return -dy * (c / x) / x; }
};

}  // namespace

Tensor neg(const Tensor& x) { return unary(Neg{}, x); }
Tensor abs(const Tensor& x) { return unary(Abs{}, x); }
Tensor exp(const Tensor& x) { return unary(Exp{}, x); }
Tensor log(const Tensor& x) { return unary(Log{}, x); }
Tensor sqrt(const Tensor& x) { return unary(Sqrt{}, x); }
Tensor sin(const Tensor& x) { return unary(Sin{}, x); }
Tensor cos(const Tensor& x) { return unary(Cos{}, x); }

Tensor sign(const Tensor& x) {
  check_float("sign", "x", x);
  return constant_op(detail::Unary<Sign>{{}, false}, x);
}

Tensor pow(const Tensor& x, double p) {
  if (p == 2) return unary(WholePower<2>{}, x);
  if (p == 3) return unary(WholePower<3>{}, x);
  return unary(Power{{}, p}, x);
}

Tensor clamp(const Tensor& x, std::optional<double> min, std::optional<double> max) {
  if (!min && !max) argument_error({"clamp: neither min nor max was given; expected at least one"});
  for (double bound : {min.value_or(0), max.value_or(0)})
    if (std::isnan(bound)) argument_error({"clamp: a bound is NaN; expected a number"});
  const double low = min.value_or(-INFINITY), high = max.value_or(INFINITY);
  return unary(Clamp{{}, low, high, min.has_value(), max.has_value()}, x);
}

namespace {

// Whether c must become an integer, too: then it is converted to a tensor like x.
bool is_whole(const Tensor& x) { return x.defined() && x.dtype() == DType::i64; }
Tensor whole(const char* op, double c) {
  if (std::trunc(c) != c || std::fabs(c) >= 0x1p63)
    argument_error({op, ": ", c, " is not a whole number, but x is i64; write x.to(DType::f32)"});
  return full({}, c, DType::i64);
}

}  // namespace

Tensor add(const Tensor& x, double c) {
  return is_whole(x) ? add(x, whole("add", c)) : unary(AddNumber{{}, c}, x);
}
Tensor add(double c, const Tensor& x) { return add(x, c); }
Tensor sub(const Tensor& x, double c) {
  return is_whole(x) ? sub(x, whole("sub", c)) : unary(SubNumber{{}, c}, x);
}
Tensor sub(double c, const Tensor& x) {
  return is_whole(x) ? sub(whole("sub", c), x) : unary(SubFromNumber{{}, c}, x);
}
Tensor mul(const Tensor& x, double c) {
  return is_whole(x) ? mul(x, whole("mul", c)) : unary(MulNumber{{}, c}, x);
}
Tensor mul(double c, const Tensor& x) { return mul(x, c); }
Tensor div(const Tensor& x, double c) { return unary(DivByNumber{{}, c}, x); }
Tensor div(double c, const Tensor& x) { return unary(DivNumber{{}, c}, x); }

}  // namespace gradus
