// SPDX-License-Identifier: MIT
// References that several rows share: scalar loops over doubles or dual numbers, the textbook form
// of the fused ops. Members under "Mistakes" make a formula wrong on purpose, for mutants.
#pragma once
#include <algorithm>
#include <cmath>

#include "check/array.h"

namespace gradus::check {

/// Matrix product. Leading axes are a broadcast batch; a vector is a row as `a`, a column as `b`.
template <class T> Array<T> plain_matmul(const Array<T>& a, const Array<T>& b) {
  Shape left = a.shape, right = b.shape;
  if (left.size() == 1) left.insert(0, 1);
  if (right.size() == 1) right.push_back(1);
  const auto batch = [](Shape s) {
    s.erase(s.size() - 1);
    s.erase(s.size() - 1);
    return s;
  };
  Shape shape = broadcast_shapes("plain_matmul", batch(left), batch(right));
  shape.push_back(left[left.size() - 2]);
  shape.push_back(right.back());
  Array<T> y(shape);
  const int64_t rows = left[left.size() - 2], terms = left.back(), cols = right.back();
  for (int64_t first = 0; first < y.count(); first += rows * cols) {
    const Dims at = coordinates(shape, first);
    const int64_t at_a = flat_index(left, at), at_b = flat_index(right, at);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t k = 0; k < terms; ++k)
        for (int64_t j = 0; j < cols; ++j)
          y[first + i * cols + j] += a[at_a + i * terms + k] * b[at_b + k * cols + j];
  }
  if (b.shape.size() == 1) y.shape.erase(y.shape.size() - 1);
  if (a.shape.size() == 1) y.shape.erase(y.shape.size() - (b.shape.size() == 1 ? 1 : 2));
  return y;
}

template <class T> T plain_gelu(T x) {
  using std::erf;
  return x * 0.5 * (1 + erf(x * std::sqrt(0.5)));
}

template <class T> T plain_gelu_tanh(T x) {
  using std::tanh;
  return x * 0.5 * (1 + tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

/// The same value as a constant, with derivative 0.
template <class T> T held_constant(const T& x) { return T(value(x)); }

struct SoftmaxMistake {
  bool constant_sum = false, mean_of_sum = false, over_all = false;
};

/// The largest of f(0) .. f(n-1), as a constant; 0 if it is infinite. Subtracted before exp to
/// avoid overflow, it cancels in the result and in the derivative.
template <class T, class F> T constant_max(int64_t n, F f) {
  T m = -INFINITY;
  for (int64_t i = 0; i < n; ++i) m = f(i) > m ? f(i) : m;
  return std::isinf(value(m)) ? T(0) : held_constant(m);
}

/// exp(x_i) / sum_j exp(x_j) along an axis, or its logarithm.
template <class T>
Array<T> plain_softmax(const Array<T>& x, int axis, SoftmaxMistake mistake = {},
                       bool logs = false) {
  using std::exp, std::log;
  Array<T> y(x.shape);
  const AxisView a(y.shape, axis);
  for (int64_t o = 0; o < a.outer; ++o)
    for (int64_t i = 0; i < a.inner; ++i) {
      const T m = constant_max<T>(a.n, [&](int64_t k) { return x[a.at(o, k, i)]; });
      T sum = 0;
      for (int64_t k = 0; k < a.n && !mistake.over_all; ++k) sum += exp(x[a.at(o, k, i)] - m);
      for (int64_t e = 0; e < x.count() && mistake.over_all; ++e) sum += exp(x[e] - m);
      const T fixed = held_constant(sum);
      if (mistake.mean_of_sum) sum = fixed + (sum - fixed) / static_cast<double>(a.n);
      if (mistake.constant_sum) sum = fixed;
      for (int64_t k = 0; k < a.n; ++k) {
        const T shifted = x[a.at(o, k, i)] - m;
        y[a.at(o, k, i)] = logs ? shifted - log(sum) : exp(shifted) / sum;
      }
    }
  return y;
}

struct NormMistake {
  bool constant_mean = false, constant_scale = false, no_eps = false, no_weight = false;
  double correction = 0;
};

/// Rows of `cols` elements: (x - m) / sqrt(v + eps) times weight plus bias, unless they are null;
/// m and v the mean and variance of the row, or 0 and the mean square unless centred.
template <class T>
Array<T> plain_norm(const Array<T>& x, int64_t cols, bool centred, double eps,
                    const Array<T>* weight, const Array<T>* bias, NormMistake mistake = {}) {
  using std::sqrt;
  Array<T> y(x.shape);
  for (int64_t first = 0; first < x.count(); first += cols) {
    T mean = 0, squares = 0;
    for (int64_t i = 0; centred && i < cols; ++i) mean += x[first + i] / static_cast<double>(cols);
    if (mistake.constant_mean) mean = held_constant(mean);
    for (int64_t i = 0; i < cols; ++i) squares += (x[first + i] - mean) * (x[first + i] - mean);
    const double n = std::max(static_cast<double>(cols) - mistake.correction, 1.0);
    T scale = 1 / sqrt(squares / n + (mistake.no_eps ? 0 : eps));
    if (mistake.constant_scale) scale = held_constant(scale);
    for (int64_t i = 0; i < cols; ++i) {
      y[first + i] = (x[first + i] - mean) * scale;
      if (weight && !mistake.no_weight) y[first + i] *= (*weight)[i];
      if (bias) y[first + i] += (*bias)[i];
    }
  }
  return y;
}

struct CrossEntropyForm {
  bool classes = true;  // in[1] holds classes, not probabilities
  int64_t ignored = -100;
  double smoothing = 0;
  enum { each, mean, sum } reduction = mean;
  // Mistakes.
  bool count_ignored = false, divide_by_all = false, no_weight = false, constant_sum = false;
};

/// -sum_c w_c a_c log(softmax(x)_c) over axis 1 of x = in[0] (axis 0 of [C]); in[2], the weight of
/// each class, may be absent.
template <class T> Array<T> plain_cross_entropy(const Arrays<T>& in, const CrossEntropyForm& form) {
  using std::exp, std::log;
  const Array<T>& x = in[0];
  const int axis = x.shape.size() > 1 ? 1 : 0;
  const AxisView a(x.shape, axis);
  Shape rows = x.shape;
  rows.erase(axis);
  Array<T> y(rows);
  T divisor = 0, total = 0;
  for (int64_t r = 0; r < y.count(); ++r) {
    const int64_t o = r / a.inner, i = r % a.inner, target = form.classes ? in[1].index(r) : -1;
    const auto weight = [&](int64_t c) {
      return in.size() > 2 && !form.no_weight ? in[2][c] : T(1);
    };
    const bool ignored = form.classes && target == form.ignored;
    const int64_t t = target < 0 ? 0 : target;
    if (form.divide_by_all || !form.classes) divisor += 1;
    else if (!ignored || form.count_ignored) divisor += weight(t);
    if (ignored && !form.count_ignored) continue;
    const T m = constant_max<T>(a.n, [&](int64_t c) { return x[a.at(o, c, i)]; });
    T sum = 0;
    for (int64_t c = 0; c < a.n; ++c) sum += exp(x[a.at(o, c, i)] - m);
    if (form.constant_sum) sum = held_constant(sum);
    for (int64_t c = 0; c < a.n; ++c) {
      const T q = form.classes ? T(c == t) : in[1][a.at(o, c, i)];
      const T part = q * (1 - form.smoothing) + form.smoothing / static_cast<double>(a.n);
      if (form.classes && value(part) == 0) continue;  // even if the logit is infinite
      y[r] += weight(c) * part * (log(sum) - (x[a.at(o, c, i)] - m));
    }
    total += y[r];
  }
  if (form.reduction == CrossEntropyForm::each) return y;
  if (form.reduction == CrossEntropyForm::mean && value(divisor) != 0) total /= divisor;
  return Array<T>({}, total);
}

}  // namespace gradus::check
