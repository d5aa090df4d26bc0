// SPDX-License-Identifier: MIT
// Running sums along lines in either direction, and products, whose gradient is also a scan.
#pragma once
#include "kernels/lines.h"

namespace gradus::kernels {

inline constexpr int64_t scan_chain = 8;

// Calls put(i, before, after) with the result of the chain op(op(start, x_0), x_1) ... before and
// after element i, which is at x + i * step. Splits the chain into groups of eight that are
// computed separately, so that only every eighth step depends on the previous one.
template <class A, class T, class Op, class Put>
void chain(int64_t n, const T* x, int64_t step, A start, const Op& op, const Put& put) {
  A p[scan_chain];
  int64_t i = 0;
  for (; i + scan_chain <= n; i += scan_chain) {
    p[0] = static_cast<A>(x[i * step]);
    for (int l = 1; l < 8; ++l) p[l] = op(p[l - 1], static_cast<A>(x[(i + l) * step]));
    put(i, start, op(start, p[0]));
    for (int l = 1; l < 8; ++l) put(i + l, op(start, p[l - 1]), op(start, p[l]));
    start = op(start, p[7]);
  }
  for (; i < n; ++i) {
    const A after = op(start, static_cast<A>(x[i * step]));
    put(i, start, after);
    start = after;
  }
}

/// y_k = x_0 + ... + x_k of each line, or x_k + ... + x_(n-1) in reverse, summed in type A.
template <class A, class T> void cumsum(const Lines& a, bool reverse, const T* x, T* y) {
  const int64_t start = reverse ? (a.n - 1) * a.inner : 0, step = reverse ? -a.inner : a.inner;
  for_strips(a, [=](const Strip& s) {
    const T* in = x + s.first + start;
    T* out = y + s.first + start;
    if (a.inner == 1) {
      const auto put = [=](int64_t i, A, A sum) { out[i * step] = static_cast<T>(sum); };
      return chain(
          a.n, in, step, A(0), [](A p, A q) { return p + q; }, put);
    }
    A sum[reduce_strip];
    std::fill(sum, sum + s.count, A(0));
    for (int64_t k = 0; k < a.n; ++k)
#pragma omp simd
      for (int64_t j = 0; j < s.count; ++j) {
        sum[j] += static_cast<A>(in[k * step + j]);
        out[k * step + j] = static_cast<T>(sum[j]);
      }
  });
}

/// The product, in double.
template <class T> struct ProductFold {
  using Partial = double;
  static double along(int64_t, const T* x, int64_t n) {
    double lane[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    for (int64_t i = 0; i < n; ++i) lane[i % 8] *= static_cast<double>(x[i]);
    for (int l = 1; l < 8; ++l) lane[0] *= lane[l];
    return lane[0];
  }
  static void across(int64_t, const T* x, int64_t rows, int64_t stride, int64_t cols, double* out) {
    std::fill(out, out + cols, 1.0);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t j = 0; j < cols; ++j) out[j] *= static_cast<double>(x[r * stride + j]);
  }
  static void merge(double& a, double b) { a *= b; }
};

/// y[line] = product of its elements
template <class T> void prod(const Lines& a, const T* x, T* y) {
  fold_lines(a, x, ProductFold<T>{}, [=](int64_t line, double p) { y[line] = static_cast<T>(p); });
}

/// dx_k = dy * product of all x except x_k: the product of those before times those after it, so
/// nothing is divided and zeros need no special case. Both in double: in f32 they could overflow or
/// underflow although their product does not.
template <class T> void prod_backward(const Lines& a, const T* x, const T* dy, T* dx) {
  for_strips(a, [=](const Strip& s) {
    const T* in = x + s.first;
    T* out = dx + s.first;
    const Scratch<double> scratch(a.n * s.count);
    double* before = scratch.data;  // [n, count]
    if (a.inner == 1) {
      const auto times = [](double p, double q) { return p * q; };
      chain(a.n, in, 1, 1.0, times, [=](int64_t i, double p, double) { before[i] = p; });
      const int64_t last = a.n - 1;
      return chain(a.n, in + last, -1, static_cast<double>(dy[s.line]), times,
                   [=](int64_t i, double behind, double) {
                     out[last - i] = static_cast<T>(before[last - i] * behind);
                   });
    }
    double product[reduce_strip];
    std::fill(product, product + s.count, 1.0);
    for (int64_t k = 0; k < a.n; ++k)
      for (int64_t j = 0; j < s.count; ++j) {
        before[k * s.count + j] = product[j];
        product[j] *= static_cast<double>(in[k * a.inner + j]);
      }
    for (int64_t j = 0; j < s.count; ++j) product[j] = static_cast<double>(dy[s.line + j]);
    for (int64_t k = a.n - 1; k >= 0; --k)
      for (int64_t j = 0, at = k * a.inner; j < s.count; ++j, ++at) {
        out[at] = static_cast<T>(before[k * s.count + j] * product[j]);
        product[j] *= static_cast<double>(in[at]);
      }
  });
}

}  // namespace gradus::kernels
