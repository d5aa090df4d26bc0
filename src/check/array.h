// SPDX-License-Identifier: MIT
// The array type of the references: a plain array of doubles or dual numbers.
// A dual number v + d e, e^2 = 0, carries a derivative through any formula without a step size
// (Clifford 1873): an independent check of every gradient.
#pragma once
#include <cmath>
#include <functional>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus::check {

/// v + d e over numbers of type R. A derivative of 0 marks a constant: it stays 0 under any
/// factor, so that an infinite factor does not turn it into NaN.
template <class R> struct DualNumber {
  R v = 0, d = 0;
  DualNumber(R value = 0, R derivative = 0) : v(value), d(derivative) {}

  friend DualNumber operator+(DualNumber a, DualNumber b) { return {a.v + b.v, a.d + b.d}; }
  friend DualNumber operator-(DualNumber a, DualNumber b) { return {a.v - b.v, a.d - b.d}; }
  friend DualNumber operator-(DualNumber a) { return {-a.v, -a.d}; }
  friend DualNumber operator*(DualNumber a, DualNumber b) {
    return {a.v * b.v, times(a.d, b.v) + times(b.d, a.v)};
  }
  friend DualNumber operator/(DualNumber a, DualNumber b) {
    const R d = a.d - times(b.d, a.v / b.v);
    return {a.v / b.v, d == 0 ? R(0) : d / b.v};
  }
  friend DualNumber& operator+=(DualNumber& a, DualNumber b) { return a = a + b; }
  friend DualNumber& operator-=(DualNumber& a, DualNumber b) { return a = a - b; }
  friend DualNumber& operator*=(DualNumber& a, DualNumber b) { return a = a * b; }
  friend DualNumber& operator/=(DualNumber& a, DualNumber b) { return a = a / b; }
  friend bool operator<(DualNumber a, DualNumber b) { return a.v < b.v; }
  friend bool operator>(DualNumber a, DualNumber b) { return a.v > b.v; }
  friend bool operator<=(DualNumber a, DualNumber b) { return a.v <= b.v; }
  friend bool operator>=(DualNumber a, DualNumber b) { return a.v >= b.v; }
  friend bool operator==(DualNumber a, DualNumber b) { return a.v == b.v; }

  friend DualNumber exp(DualNumber a) { return a.mapped(std::exp(a.v), std::exp(a.v)); }
  friend DualNumber log(DualNumber a) { return a.mapped(std::log(a.v), 1 / a.v); }
  friend DualNumber log1p(DualNumber a) { return a.mapped(std::log1p(a.v), 1 / (1 + a.v)); }
  friend DualNumber sqrt(DualNumber a) {
    return a.mapped(std::sqrt(a.v), 1 / (2 * std::sqrt(a.v)));
  }
  friend DualNumber sin(DualNumber a) { return a.mapped(std::sin(a.v), std::cos(a.v)); }
  friend DualNumber cos(DualNumber a) { return a.mapped(std::cos(a.v), -std::sin(a.v)); }
  friend DualNumber tanh(DualNumber a) {
    const R t = std::tanh(a.v);
    return a.mapped(t, 1 - t * t);
  }
  friend DualNumber erf(DualNumber a) {
    return a.mapped(std::erf(a.v), 2 / std::sqrt(std::acos(R(-1))) * std::exp(-a.v * a.v));
  }
  friend DualNumber pow(DualNumber a, double p) {
    return a.mapped(std::pow(a.v, R(p)), p == 0 ? 0 : R(p) * std::pow(a.v, R(p - 1)));
  }
  friend DualNumber abs(DualNumber a) {
    if (std::isnan(a.v)) return a.mapped(a.v, a.v);
    return a.v < 0 ? -a : a;
  }
  friend R value(DualNumber a) { return a.v; }

  /// f(a), given the value and derivative of f at a.
  DualNumber mapped(R y, R slope) const { return {y, times(d, slope)}; }

 private:
  static R times(R derivative, R factor) { return derivative == 0 ? R(0) : derivative * factor; }
};
inline double value(double a) { return a; }

using Dual = DualNumber<double>;
/// For checks at the edge of the number range: exact where float and double overflow or lose all
/// digits.
using Wide = DualNumber<long double>;

/// Row-major elements of T (double or Dual). Index and mask inputs are stored as numbers too.
template <class T> struct Array {
  Shape shape;
  std::vector<T> v;

  Array() = default;
  explicit Array(const Shape& s, T fill = T(0))
      : shape(s), v(static_cast<size_t>(numel(s)), fill) {}
  int64_t size(int axis) const { return shape[axis < 0 ? axis + shape.size() : axis]; }
  int64_t count() const { return static_cast<int64_t>(v.size()); }
  T& operator[](int64_t i) { return v[static_cast<size_t>(i)]; }
  const T& operator[](int64_t i) const { return v[static_cast<size_t>(i)]; }
  /// Element i as an index.
  int64_t index(int64_t i) const { return static_cast<int64_t>(value((*this)[i])); }
};

/// The array seen as [outer, n, inner] around one axis: (o, k, i) is at (o n + k) inner + i.
struct AxisView {
  int64_t outer = 1, n = 1, inner = 1;
  AxisView(const Shape& s, int axis) {
    if (axis < 0) axis += s.size();
    for (int i = 0; i < s.size(); ++i) (i < axis ? outer : i == axis ? n : inner) *= s[i];
  }
  int64_t at(int64_t o, int64_t k, int64_t i) const { return (o * n + k) * inner + i; }
};

/// Row-major index -> coordinates, and back with broadcasting: sizes of 1 take any coordinate.
Dims coordinates(const Shape& shape, int64_t flat);
int64_t flat_index(const Shape& shape, const Dims& coordinates);

template <class T> using Arrays = std::vector<Array<T>>;

/// A plain composition as scalar loops: one generic lambda, Arrays<T> -> Array<T> or Arrays<T>,
/// run on doubles (the oracle of forward) and on duals (the oracle of backward).
struct Reference {
  std::function<Arrays<double>(const Arrays<double>&)> on_doubles;
  std::function<Arrays<Dual>(const Arrays<Dual>&)> on_duals;
  std::function<Arrays<Wide>(const Arrays<Wide>&)> on_wide{};  // for rows checked at the edge
  bool nan_is_meant = false;  // a NaN from on_wide is the expected result

  Reference() = default;
  template <class F>
  Reference(F f)
      : on_doubles([f](const Arrays<double>& in) { return listed<double>(f(in)); }),
        on_duals([f](const Arrays<Dual>& in) { return listed<Dual>(f(in)); }) {}

  /// The same with on_wide computed by `f`, which may be another formula for the same function.
  template <class F> Reference with_edge(F f, bool is_meant = false) const {
    Reference r = *this;
    r.on_wide = [f](const Arrays<Wide>& in) { return listed<Wide>(f(in)); };
    r.nan_is_meant = is_meant;
    return r;
  }

 private:
  template <class T> static Arrays<T> listed(Array<T> one) { return {std::move(one)}; }
  template <class T> static Arrays<T> listed(Arrays<T> all) { return all; }
};

}  // namespace gradus::check
