// SPDX-License-Identifier: MIT
// The largest or smallest element of lines, and its index. NaN beats all numbers.
#pragma once
#include "kernels/reduce.h"

namespace gradus::kernels {

inline constexpr int extremum_lanes = 32, find_step = 64;
inline constexpr int64_t place_grain = 16384;

template <bool largest, class T> T better(T a, T b) {  // a if it is NaN or beats b
  return ((largest ? a > b : a < b) | (a != a)) ? a : b;
}
template <class T> bool same(T a, T b) { return (a == b) | ((a != a) & (b != b)); }

template <class T, bool largest> struct ExtremumFold {
  using Partial = T;
  static T along(int64_t, const T* x, int64_t n) {
    constexpr int lanes = extremum_lanes;
    T lane[lanes];
    for (int l = 0; l < lanes; ++l) lane[l] = x[0];
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) {
#pragma omp simd
      for (int l = 0; l < lanes; ++l) lane[l] = better<largest>(x[i + l], lane[l]);
    }
    for (; i < n; ++i) lane[0] = better<largest>(x[i], lane[0]);
    for (int l = 1; l < lanes; ++l) merge(lane[0], lane[l]);
    return lane[0];
  }
  static void across(int64_t, const T* x, int64_t rows, int64_t stride, int64_t cols, T* out) {
    std::copy(x, x + cols, out);
    for (int64_t r = 1; r < rows; ++r) {
      const T* a = x + r * stride;
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j) out[j] = better<largest>(a[j], out[j]);
    }
  }
  static void merge(T& a, const T& b) { a = better<largest>(b, a); }
};

/// Whether any (or all) elements are nonzero; NaN is nonzero.
template <class T, bool any> struct TruthFold {
  using Partial = bool;
  static bool along(int64_t, const T* x, int64_t n) {
    bool y = !any;
    for (int64_t i = 0; i < n; ++i) y = any ? y | (x[i] != T(0)) : y & (x[i] != T(0));
    return y;
  }
  static void across(int64_t, const T*, int64_t, int64_t, int64_t, bool*) {}  // inner is 1
  static void merge(bool& a, bool b) { a = any ? a | b : a & b; }
};

/// y[line] = the largest (smallest) element; n > 0.
template <bool largest, class T> void extremum(const Lines& a, const T* x, T* y) {
  fold_lines(a, x, ExtremumFold<T, largest>{}, [=](int64_t line, T v) { y[line] = v; });
}

// The index of the first element of a line that equals `wanted`, which the line contains.
template <class T> int64_t find(const T* line, int64_t n, T wanted) {
  int64_t k = 0;
  for (; k + find_step <= n; k += find_step) {
    int hits = 0;
#pragma omp simd reduction(+ : hits)
    for (int l = 0; l < find_step; ++l) hits += same(line[k + l], wanted) ? 1 : 0;
    if (hits) break;
  }
  while (!same(line[k], wanted)) ++k;
  return k;
}

/// index[line] = the first k at which the line has the value y[line].
template <class T> void first_match(const Lines& a, const T* x, const T* y, int64_t* index) {
  for_strips(a, [=](const Strip& s) {
    int64_t* out = index + s.line;
    if (a.inner == 1) {
      *out = find(x + s.first, a.n, y[s.line]);
      return;
    }
    std::fill(out, out + s.count, -1);
    for (int64_t k = 0; k < a.n; ++k) {
      const T *row = x + s.first + k * a.inner, *wanted = y + s.line;
#pragma omp simd
      for (int64_t j = 0; j < s.count; ++j)
        out[j] = ((out[j] < 0) & same(row[j], wanted[j])) ? k : out[j];
    }
  });
}

/// dx = dy at the index of each line; dx must contain zeros.
template <class T> void place(const Lines& a, const int64_t* index, const T* dy, T* dx) {
  parallel_for(a.count(), place_grain, [=](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; ++line)
      dx[(line / a.inner * a.n + index[line]) * a.inner + line % a.inner] = dy[line];
  });
}

/// dx = dy / (number of ties) where x equals the line's y, 0 elsewhere.
template <class T> void share(const Lines& a, const T* x, const T* y, const T* dy, T* dx) {
  const Scratch<T> shares(a.count());
  T* each = shares.data;
  const auto tied = [=](int64_t line) {
    return [w = y[line]](T v) { return same(v, w) ? T(1) : T(0); };
  };
  sum_of(a, x, tied,
         [=](int64_t line, double ties) { each[line] = dy[line] / static_cast<T>(ties); });
  map_lines(a, x, dx, [=](int64_t line) {
    return [w = y[line], e = each[line]](T v) { return same(v, w) ? e : T(0); };
  });
}

template <bool any, class T> void truth(int64_t n, const T* x, bool* y) {
  fold_lines({1, n, 1}, x, TruthFold<T, any>{}, [=](int64_t, bool v) { *y = v; });
}

}  // namespace gradus::kernels
