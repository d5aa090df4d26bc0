// SPDX-License-Identifier: MIT
// Reducing lines of an array. All reductions see a row-major [outer, n, inner] array: line
// (o, i), number o * inner + i, has its element k at (o * n + k) * inner + i. Lines lie along
// memory where inner is 1, across it else. Work is cut by sizes alone and partial results are
// merged in order, so the bits do not depend on the number of threads.
#pragma once
#include <algorithm>
#include <type_traits>
#include <utility>

#include "gradus/base/memory.h"
#include "gradus/base/parallel.h"

namespace gradus::kernels {

struct Lines {
  int64_t outer, n, inner;
  int64_t count() const { return outer * inner; }
};

inline constexpr int64_t reduce_grain = 131072;  // elements of a task
inline constexpr int64_t reduce_strip = 1024;    // neighbouring lines of a task

// Adds up 16 lanes pairwise.
template <class A>
A sum_lanes(const A (&lane)[16]) {
  A s[8];
  for (int l = 0; l < 8; ++l) s[l] = lane[l] + lane[l + 8];
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/// A fold says how elements become a partial result of a line, and how two of those merge:
///   along(line, x, n)                            of n neighbouring elements of one line
///   across(line, x, rows, stride, cols, out)     of `cols` neighbouring lines, `rows` elements each
/// The sum: trees of eight in T, the rest in A (double for floats), so that f32 sums of any
/// length are good to the last digits.
template <class T, class A>
struct SumFold {
  using Partial = A;
  static A along(int64_t, const T* x, int64_t n) {
    A lane[16] = {};
    int64_t i = 0;
    for (; i + 128 <= n; i += 128) {
      const T* p = x + i;
#pragma omp simd
      for (int l = 0; l < 16; ++l)
        lane[l] += static_cast<A>(((p[l] + p[l + 16]) + (p[l + 32] + p[l + 48])) +
                                  ((p[l + 64] + p[l + 80]) + (p[l + 96] + p[l + 112])));
    }
    for (; i + 16 <= n; i += 16)
      for (int l = 0; l < 16; ++l) lane[l] += static_cast<A>(x[i + l]);
    for (int l = 0; i + l < n; ++l) lane[l] += static_cast<A>(x[i + l]);
    return sum_lanes(lane);
  }
  static void across(int64_t, const T* x, int64_t rows, int64_t stride, int64_t cols, A* out) {
    std::fill(out, out + cols, A(0));
    int64_t r = 0;
    for (; r + 8 <= rows; r += 8) {
      const T *a = x + r * stride, *b = a + stride, *c = b + stride, *d = c + stride;
      const T *e = d + stride, *f = e + stride, *g = f + stride, *h = g + stride;
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j)
        out[j] += static_cast<A>(((a[j] + b[j]) + (c[j] + d[j])) +
                                 ((e[j] + f[j]) + (g[j] + h[j])));
    }
    for (; r < rows; ++r) {
      const T* a = x + r * stride;
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j) out[j] += static_cast<A>(a[j]);
    }
  }
  static void merge(A& a, const A& b) { a += b; }
};

// Memory for partial results; not initialised.
template <class P>
struct Scratch {
  explicit Scratch(int64_t count)
      : bytes(static_cast<size_t>(count) * sizeof(P)), data(static_cast<P*>(allocate(bytes))) {}
  ~Scratch() { deallocate(data, bytes); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  size_t bytes;
  P* data;
};

/// How the lines are cut: into strips of neighbouring lines, these into blocks of elements.
struct Cut {
  int64_t strip, strips_per_outer, strips, block, blocks;

  explicit Cut(const Lines& a) {
    const int64_t grain = grain_size(reduce_grain);
    strip = a.inner > 1 ? std::min(a.inner, grain_size(reduce_strip)) : 1;
    strips_per_outer = (a.inner + strip - 1) / strip;
    strips = a.outer * strips_per_outer;
    block = std::max<int64_t>(grain / strip, 1);
    blocks = std::max<int64_t>((a.n + block - 1) / block, 1);
  }
};

/// Calls finish(line, partial) for each line with the fold of its n elements.
template <class T, class Fold, class Finish>
void fold_lines(const Lines& a, const T* x, const Fold& fold, const Finish& finish) {
  using P = typename Fold::Partial;
  const Cut cut(a);
  // Partial results of block b of the lines of a strip, to out[0], out[1], ...
  const auto part = [&](int64_t s, int64_t b, P* out) {
    const int64_t o = s / cut.strips_per_outer, i = s % cut.strips_per_outer * cut.strip;
    const int64_t k = b * cut.block, rows = std::min(cut.block, a.n - k);
    const int64_t line = o * a.inner + i, cols = std::min(cut.strip, a.inner - i);
    const T* first = x + (o * a.n + k) * a.inner + i;
    if (a.inner == 1) *out = fold.along(line, first, rows);
    else fold.across(line, first, rows, a.inner, cols, out);
    return std::pair(line, cols);
  };
  if (cut.blocks == 1) {
    const int64_t size = std::max<int64_t>(a.n * cut.strip, 1);
    return parallel_for(cut.strips, reduce_grain / 2 / size + 1, [&](int64_t begin, int64_t end) {
      P out[reduce_strip];
      for (int64_t s = begin; s < end; ++s) {
        const auto [line, cols] = part(s, 0, out);
        for (int64_t j = 0; j < cols; ++j) finish(line + j, out[j]);
      }
    });
  }
  Scratch<P> partial(cut.blocks * cut.strips * cut.strip);  // [blocks, strips, strip]
  parallel_blocks(cut.strips * cut.blocks, [&](int64_t task) {
    part(task % cut.strips, task / cut.strips, partial.data + task * cut.strip);
  });
  parallel_for(cut.strips, 4096 / (cut.blocks * cut.strip) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      const int64_t o = s / cut.strips_per_outer, i = s % cut.strips_per_outer * cut.strip;
      const int64_t cols = std::min(cut.strip, a.inner - i);
      P* sum = partial.data + s * cut.strip;
      for (int64_t b = 1; b < cut.blocks; ++b)
        for (int64_t j = 0; j < cols; ++j) fold.merge(sum[j], sum[b * cut.strips * cut.strip + j]);
      for (int64_t j = 0; j < cols; ++j) finish(o * a.inner + i + j, sum[j]);
    }
  });
}

/// y[line] = sum of its elements / divisor.
template <class T, class Y>
void sum(const Lines& a, const T* x, Y* y, double divisor) {
  using A = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
  fold_lines(a, x, SumFold<T, A>{}, [=](int64_t line, A s) {
    if constexpr (std::is_floating_point_v<T>) y[line] = static_cast<Y>(s / divisor);
    else y[line] = s;
  });
}

}  // namespace gradus::kernels
