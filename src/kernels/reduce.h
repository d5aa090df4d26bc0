// SPDX-License-Identifier: MIT
// Sums, moments and logsumexp of lines.
#pragma once
#include <cmath>
#include <type_traits>

#include "kernels/lines.h"
#include "kernels/math.h"

namespace gradus::kernels {

// The number of lanes, of trees, and of rows in a tree.
inline constexpr int64_t sum_lane_count = 16, sum_trees = 128, sum_tree_rows = 8;

// Adds the lanes pairwise.
template <class A> A sum_lanes(const A (&lane)[sum_lane_count]) {
  A s[8];
  for (int l = 0; l < 8; ++l) s[l] = lane[l] + lane[l + 8];
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/// The sum: trees of eight in T, the rest in A (double for floats), so that f32 sums of any length
/// are accurate to rounding. If a tree overflows T, although the total may not, everything is
/// summed again in A.
template <class T, class A> struct SumFold {
  using Partial = A;
  static constexpr bool can_leave = std::is_floating_point_v<T> && sizeof(T) < sizeof(A);
  static A plain(const T* x, int64_t n, int64_t stride) {
    A sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += static_cast<A>(x[i * stride]);
    return sum;
  }
  static A along(int64_t, const T* x, int64_t n) {
    A lane[sum_lane_count] = {};
    int64_t i = 0;
    for (; i + sum_trees <= n; i += sum_trees) {
      const T* p = x + i;
#pragma omp simd
      for (int l = 0; l < sum_lane_count; ++l)
        lane[l] += static_cast<A>(((p[l] + p[l + 16]) + (p[l + 32] + p[l + 48])) +
                                  ((p[l + 64] + p[l + 80]) + (p[l + 96] + p[l + 112])));
    }
    for (; i + sum_lane_count <= n; i += sum_lane_count)
      for (int l = 0; l < sum_lane_count; ++l) lane[l] += static_cast<A>(x[i + l]);
    for (int l = 0; i + l < n; ++l) lane[l] += static_cast<A>(x[i + l]);
    const A sum = sum_lanes(lane);
    if constexpr (can_leave)
      if (!std::isfinite(sum)) return plain(x, n, 1);
    return sum;
  }
  static void across(int64_t, const T* x, int64_t rows, int64_t stride, int64_t cols, A* out) {
    std::fill(out, out + cols, A(0));
    int64_t r = 0;
    for (; r + sum_tree_rows <= rows; r += sum_tree_rows) {
      const T *a = x + r * stride, *b = a + stride, *c = b + stride, *d = c + stride;
      const T *e = d + stride, *f = e + stride, *g = f + stride, *h = g + stride;
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j)
        out[j] += static_cast<A>(((a[j] + b[j]) + (c[j] + d[j])) + ((e[j] + f[j]) + (g[j] + h[j])));
    }
    for (; r < rows; ++r) {
      const T* a = x + r * stride;
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j) out[j] += static_cast<A>(a[j]);
    }
    if constexpr (can_leave)
      for (int64_t j = 0; j < cols; ++j)
        if (!std::isfinite(out[j])) out[j] = plain(x + j, rows, stride);
  }
  static void merge(A& a, const A& b) { a += b; }
};

/// The sum of f(line)(x) in double: f returns the function for the elements of a line.
template <class T, class F> struct MapFold {
  using Partial = double;
  F f;
  double along(int64_t line, const T* x, int64_t n) const {
    const auto g = f(line);
    double lane[sum_lane_count] = {};
    int64_t i = 0;
    for (; i + sum_lane_count <= n; i += sum_lane_count) {
#pragma omp simd
      for (int l = 0; l < sum_lane_count; ++l) lane[l] += static_cast<double>(g(x[i + l]));
    }
    for (int l = 0; i + l < n; ++l) lane[l] += static_cast<double>(g(x[i + l]));
    return sum_lanes(lane);
  }
  void across(int64_t line, const T* x, int64_t rows, int64_t stride, int64_t cols,
              double* out) const {
    std::fill(out, out + cols, 0.0);
    for (int64_t r = 0; r < rows; ++r) {
      const T* a = x + r * stride;
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j) out[j] += static_cast<double>(f(line + j)(a[j]));
    }
  }
  static void merge(double& a, double b) { a += b; }
};

/// y[line] = sum of its elements / divisor.
template <class T, class Y> void sum(const Lines& a, const T* x, Y* y, double divisor) {
  using A = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
  fold_lines(a, x, SumFold<T, A>{}, [=](int64_t line, A s) {
    if constexpr (std::is_floating_point_v<T>) y[line] = static_cast<Y>(s / divisor);
    else y[line] = s;
  });
}

/// y = x / by, element by element.
template <class T> void divide(int64_t n, const T* x, T by, T* y) {
  map_lines({1, n, 1}, x, y, [=](int64_t) { return [=](T v) { return v / by; }; });
}

/// The sum of f(line)(x) over each line.
template <class T, class F, class Finish>
void sum_of(const Lines& a, const T* x, const F& f, const Finish& finish) {
  fold_lines(a, x, MapFold<T, F>{f}, finish);
}

/// The first element of a line.
template <class T> double first_of(const Lines& a, const T* x, int64_t line) {
  return static_cast<double>(x[line / a.inner * a.n * a.inner + line % a.inner]);
}

/// y[line] = sum of (x - m)^2 / divisor, or its square root, with the line's mean m = x_0 + mean:
/// the first element is subtracted before summing, so that a line of equal values has variance 0 at
/// any magnitude, and a line far from 0 keeps its precision.
template <class T>
void variance(const Lines& a, const T* x, double divisor, bool root, double* mean, T* y) {
  const Scratch<double> first(a.count());
  const double* shift = first.data;
  for (int64_t line = 0; line < a.count(); ++line) first.data[line] = first_of(a, x, line);
  const auto shifted = [=](int64_t line) {
    return [s = shift[line]](T v) { return static_cast<double>(v) - s; };
  };
  const auto square = [=](int64_t line) {
    return [s = shift[line], m = mean[line]](T v) {
      const double d = static_cast<double>(v) - s - m;
      return d * d;
    };
  };
  sum_of(a, x, shifted,
         [=, n = static_cast<double>(a.n)](int64_t line, double s) { mean[line] = s / n; });
  sum_of(a, x, square, [=](int64_t line, double s) {
    y[line] = static_cast<T>(root ? std::sqrt(s / divisor) : s / divisor);
  });
}

/// dx = dy (x - m) 2 / divisor; with y, the root: dx = dy (x - m) / (divisor y), 0 at y = 0
template <class T>
void variance_backward(const Lines& a, const T* x, const double* mean, const T* y, const T* dy,
                       double divisor, T* dx) {
  const Scratch<double> factors(a.count());
  double* factor = factors.data;
  for (int64_t line = 0; line < a.count(); ++line) {
    const double by = y ? divisor * static_cast<double>(y[line]) : divisor / 2;
    factor[line] = by == 0 ? 0 : static_cast<double>(dy[line]) / by;
  }
  map_lines(a, x, dx, [=](int64_t line) {
    return [f = factor[line], s = first_of(a, x, line), m = mean[line]](T v) {
      return f * (static_cast<double>(v) - s - m);
    };
  });
}

/// y[line] = m + log(sum of exp(x - m)); m is the line's maximum, or 0 if that is not finite.
/// shift: in, the maxima; out, m. log_sum keeps the logarithms, which rounding loses in a large y.
template <class T> void logsumexp(const Lines& a, const T* x, T* shift, T* log_sum, T* y) {
  for (int64_t line = 0; line < a.count(); ++line)
    if (!std::isfinite(shift[line])) shift[line] = 0;
  const auto term = [=](int64_t line) {
    return [m = shift[line]](T v) { return kernels::exp(v - m); };
  };
  sum_of(a, x, term, [=](int64_t line, double s) {
    log_sum[line] = static_cast<T>(std::log(s));
    y[line] = static_cast<T>(static_cast<double>(shift[line]) + std::log(s));
  });
}

/// dx = dy exp(x - shift - log_sum), and 0 where x is -inf
template <class T>
void logsumexp_backward(const Lines& a, const T* x, const T* shift, const T* log_sum, const T* dy,
                        T* dx) {
  map_lines(a, x, dx, [=](int64_t line) {
    return [m = shift[line], l = log_sum[line], d = dy[line]](T v) {
      return v == -INFINITY ? T(0) : d * kernels::exp(v - m - l);
    };
  });
}

}  // namespace gradus::kernels
