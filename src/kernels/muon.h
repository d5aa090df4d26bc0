// SPDX-License-Identifier: MIT
// Muon's orthogonalisation: singular values of a matrix are brought near 1 by a polynomial in it.
#pragma once
#include <cmath>
#include <utility>

#include "kernels/gemm.h"
#include "kernels/norm.h"

namespace gradus::kernels {

inline constexpr int64_t muon_block = 64;       // rows of a symmetric product computed at once
inline constexpr int64_t muon_large = 1 << 27;  // products from this work on use all threads

struct NewtonSchulz {
  double a, b, c, eps;
  int steps;
};

/// Elements of scratch memory for a matrix of m <= n: a copy of it and two of its products.
inline int64_t newton_schulz_scratch(int64_t m, int64_t n) { return m * n + 2 * m * m; }

namespace detail {

// One product: on all threads if `wide`, which must not be inside a parallel loop.
template <class T>
void muon_product(bool wide, Product size, T alpha, Factor<T> a, Factor<T> b, T beta, T* c,
                  int64_t ldc) {
  if (wide) gemm(size, alpha, a, b, beta, c, ldc);
  else gemm_block(size, alpha, a, b, beta, c, ldc);
}

// The symmetric s = A A^T of A [m, k]: blocks on and below the diagonal, then their mirror images.
template <class T> void symmetric(bool wide, int64_t m, int64_t k, const T* a, T* s) {
  for (int64_t r = 0; r < m; r += muon_block) {
    const int64_t rows = std::min(muon_block, m - r), cols = r + rows;
    muon_product<T>(wide, {rows, cols, k}, 1, {a + r * k, k}, {a, k, true}, 0, s + r * m, m);
  }
  for (int64_t r = 0; r < m; ++r)
    for (int64_t c = r + 1; c < m; ++c) s[r * m + c] = s[c * m + r];
}

}  // namespace detail

/// x [m, n], m <= n, becomes p(p(.. x / |x| ..)) with p(x) = a x + (b s + c s^2) x, s = x x^T. The
/// plain form of a step is three products; here both symmetric ones are computed by halves.
template <class T>
void newton_schulz(const NewtonSchulz& o, int64_t m, int64_t n, T* x, T* scratch) {
  const bool wide = m * m * n >= muon_large;
  T *next = scratch, *s = next + m * n, *poly = s + m * m;
  const double size = std::max(std::sqrt(square_sum(m * n, x)), o.eps);
  for (int64_t i = 0; i < m * n; ++i) x[i] = static_cast<T>(static_cast<double>(x[i]) / size);
  T* const home = x;
  for (int step = 0; step < o.steps; ++step) {
    detail::symmetric(wide, m, n, x, s);
    detail::symmetric(wide, m, m, s, poly);  // s is symmetric: s s^T = s^2
    for (int64_t i = 0; i < m * m; ++i)
      poly[i] = static_cast<T>(o.b) * s[i] + static_cast<T>(o.c) * poly[i];
    for (int64_t i = 0; i < m * n; ++i) next[i] = static_cast<T>(o.a) * x[i];
    detail::muon_product<T>(wide, {m, n, m}, 1, {poly, m}, {x, n}, 1, next, n);
    std::swap(x, next);
  }
  if (x != home) std::copy_n(x, m * n, home);
}

}  // namespace gradus::kernels
