// SPDX-License-Identifier: MIT
// Lines of an array, and loops of reductions over them. The array is row-major [outer, n, inner]:
// line (o, i), number o * inner + i, has its element k at (o * n + k) * inner + i. Lines are
// contiguous if inner is 1, else strided. Work is split by sizes alone and partial results are
// merged in order, so results do not depend on the number of threads.
#pragma once
#include <algorithm>

#include "gradus/base/memory.h"
#include "gradus/base/parallel.h"

namespace gradus::kernels {

struct Lines {
  int64_t outer, n, inner;
  int64_t count() const { return outer * inner; }
};

inline constexpr int64_t reduce_grain = 131072;  // elements of a task
inline constexpr int64_t reduce_strip = 1024;    // adjacent lines of a task
inline constexpr int64_t merge_grain = 4096;     // partial results that a task merges
inline constexpr int64_t lines_grain = 32768;    // elements of a task that maps them

// Memory for partial results; not initialised.
template <class P> struct Scratch {
  explicit Scratch(int64_t count)
      : bytes(static_cast<size_t>(count) * sizeof(P)), data(static_cast<P*>(allocate(bytes))) {}
  ~Scratch() { deallocate(data, bytes); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  size_t bytes;
  P* data;
};

/// How the lines are split: into strips of adjacent lines, and those into blocks of elements.
struct Cut {
  int64_t strip, strips_per_outer, strips, block, blocks;

  explicit Cut(const Lines& a) {
    strip = a.inner > 1 ? std::min(a.inner, grain_size(reduce_strip)) : 1;
    strips_per_outer = (a.inner + strip - 1) / strip;
    strips = a.outer * strips_per_outer;
    block = std::max<int64_t>(grain_size(reduce_grain) / strip, 1);
    blocks = std::max<int64_t>((a.n + block - 1) / block, 1);
  }
};

/// The lines of strip s: `count` of them starting with `line`, whose elements are at
/// first, first + inner, ...
struct Strip {
  int64_t line, count, first;

  Strip(const Lines& a, const Cut& cut, int64_t s) {
    const int64_t o = s / cut.strips_per_outer, i = s % cut.strips_per_outer * cut.strip;
    line = o * a.inner + i;
    count = std::min(cut.strip, a.inner - i);
    first = o * a.n * a.inner + i;
  }
};

/// Calls body(Strip) for all strips; for kernels that do not split lines.
template <class Body> void for_strips(const Lines& a, const Body& body) {
  const Cut cut(a);
  const int64_t size = cut.strip * a.n + 1;
  parallel_for(cut.strips, reduce_grain / 4 / size + 1, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) body(Strip(a, cut, s));
  });
}

/// A fold computes the partial result of a line from elements, and merges two partial results:
///   along(line, x, n)                            for n adjacent elements of one line
///   across(line, x, rows, stride, cols, out)     for `cols` adjacent lines, `rows` of each
///   merge(a, b)                                  a = a combined with b, which follows a
/// This function folds elements k..k+rows-1 of the lines of a strip.
template <class T, class Fold, class P>
void fold_block(const Lines& a, const T* x, const Fold& fold, const Strip& s, int64_t k,
                int64_t rows, P* out) {
  const T* first = x + s.first + k * a.inner;
  if (a.inner == 1) *out = fold.along(s.line, first, rows);
  else fold.across(s.line, first, rows, a.inner, s.count, out);
}

/// Calls finish(line, partial) for each line with the fold of its n elements.
template <class T, class Fold, class Finish>
void fold_lines(const Lines& a, const T* x, const Fold& fold, const Finish& finish) {
  using P = typename Fold::Partial;
  const Cut cut(a);
  if (cut.blocks == 1)
    return for_strips(a, [&](const Strip& s) {
      P out[reduce_strip];
      fold_block(a, x, fold, s, 0, a.n, out);
      for (int64_t j = 0; j < s.count; ++j) finish(s.line + j, out[j]);
    });
  const int64_t row = cut.strips * cut.strip;
  const Scratch<P> partial(cut.blocks * row);  // [blocks, strips, strip]
  parallel_blocks(cut.blocks * cut.strips, [&](int64_t task) {
    const int64_t k = task / cut.strips * cut.block;
    fold_block(a, x, fold, Strip(a, cut, task % cut.strips), k, std::min(cut.block, a.n - k),
               partial.data + task * cut.strip);
  });
  const int64_t grain = merge_grain / (cut.blocks * cut.strip) + 1;
  parallel_for(cut.strips, grain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at) {
      const Strip s(a, cut, at);
      P* sum = partial.data + at * cut.strip;
      for (int64_t b = 1; b < cut.blocks; ++b)
        for (int64_t j = 0; j < s.count; ++j) fold.merge(sum[j], sum[b * row + j]);
      for (int64_t j = 0; j < s.count; ++j) finish(s.line + j, sum[j]);
    }
  });
}

/// Calls body(at, line, count, step) for runs that cover every element once: element at + j
/// belongs to line + j * step.
template <class Body> void for_lines(const Lines& a, const Body& body) {
  const int64_t run = a.inner == 1 ? a.n : a.inner;
  parallel_for(a.count() * a.n, lines_grain, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t row = begin / run, j = begin % run, count = std::min(run - j, end - begin);
      if (a.inner == 1) body(begin, row, count, int64_t{0});
      else body(begin, row / a.n * a.inner + j, count, int64_t{1});
      begin += count;
    }
  });
}

/// y[i] = f(line of i)(x[i]): f returns the function for the elements of a line.
template <class T, class F> void map_lines(const Lines& a, const T* x, T* y, const F& f) {
  for_lines(a, [=](int64_t at, int64_t line, int64_t count, int64_t step) {
    const T* in = x + at;
    T* out = y + at;
    if (step == 0) {
      const auto g = f(line);
#pragma omp simd
      for (int64_t j = 0; j < count; ++j) out[j] = static_cast<T>(g(in[j]));
    } else {
#pragma omp simd
      for (int64_t j = 0; j < count; ++j) out[j] = static_cast<T>(f(line + j)(in[j]));
    }
  });
}

}  // namespace gradus::kernels
