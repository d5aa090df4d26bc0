// SPDX-License-Identifier: MIT
// What the references compute with: a plain array over doubles or dual numbers.
// A dual number v + d e, e^2 = 0, carries a derivative through any formula without a step size
// (Clifford 1873): the second opinion on every gradient.
#pragma once
#include <cmath>
#include <functional>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus::check {

struct Dual {
  double v = 0, d = 0;
  Dual(double value = 0, double derivative = 0) : v(value), d(derivative) {}
};
inline Dual operator+(Dual a, Dual b) { return {a.v + b.v, a.d + b.d}; }
inline Dual operator-(Dual a, Dual b) { return {a.v - b.v, a.d - b.d}; }
inline Dual operator-(Dual a) { return {-a.v, -a.d}; }
inline Dual operator*(Dual a, Dual b) { return {a.v * b.v, a.d * b.v + a.v * b.d}; }
inline Dual operator/(Dual a, Dual b) { return {a.v / b.v, (a.d - a.v / b.v * b.d) / b.v}; }
inline Dual& operator+=(Dual& a, Dual b) { return a = a + b; }
inline Dual& operator-=(Dual& a, Dual b) { return a = a - b; }
inline Dual& operator*=(Dual& a, Dual b) { return a = a * b; }
inline Dual& operator/=(Dual& a, Dual b) { return a = a / b; }
inline bool operator<(Dual a, Dual b) { return a.v < b.v; }
inline bool operator>(Dual a, Dual b) { return a.v > b.v; }
inline bool operator<=(Dual a, Dual b) { return a.v <= b.v; }
inline bool operator>=(Dual a, Dual b) { return a.v >= b.v; }
inline bool operator==(Dual a, Dual b) { return a.v == b.v; }
inline Dual exp(Dual a) { return {std::exp(a.v), std::exp(a.v) * a.d}; }
inline Dual log(Dual a) { return {std::log(a.v), a.d / a.v}; }
inline Dual log1p(Dual a) { return {std::log1p(a.v), a.d / (1 + a.v)}; }
inline Dual sqrt(Dual a) { return {std::sqrt(a.v), a.d / (2 * std::sqrt(a.v))}; }
inline Dual sin(Dual a) { return {std::sin(a.v), std::cos(a.v) * a.d}; }
inline Dual cos(Dual a) { return {std::cos(a.v), -std::sin(a.v) * a.d}; }
inline Dual tanh(Dual a) {
  const double t = std::tanh(a.v);
  return {t, (1 - t * t) * a.d};
}
inline Dual erf(Dual a) {
  return {std::erf(a.v), 2 / std::sqrt(std::acos(-1.0)) * std::exp(-a.v * a.v) * a.d};
}
inline Dual pow(Dual a, double p) {
  return {std::pow(a.v, p), p == 0 ? 0 : p * std::pow(a.v, p - 1) * a.d};
}
inline Dual abs(Dual a) { return a.v < 0 ? -a : a; }
inline double value(double a) { return a; }
inline double value(Dual a) { return a.v; }

/// Row-major elements of T (double or Dual). Index and mask inputs arrive as numbers too.
template <class T>
struct Array {
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

template <class T>
using Arrays = std::vector<Array<T>>;

/// A plain composition as scalar loops: one generic lambda, Arrays<T> -> Array<T> or Arrays<T>,
/// run on doubles (the oracle of forward) and on duals (the oracle of backward).
struct Reference {
  std::function<Arrays<double>(const Arrays<double>&)> on_doubles;
  std::function<Arrays<Dual>(const Arrays<Dual>&)> on_duals;

  Reference() = default;
  template <class F>
  Reference(F f)
      : on_doubles([f](const Arrays<double>& in) { return listed<double>(f(in)); }),
        on_duals([f](const Arrays<Dual>& in) { return listed<Dual>(f(in)); }) {}

 private:
  template <class T>
  static Arrays<T> listed(Array<T> one) { return {std::move(one)}; }
  template <class T>
  static Arrays<T> listed(Arrays<T> all) { return all; }
};

}  // namespace gradus::check
