// SPDX-License-Identifier: MIT
// Masks in the form that kernels read, their expansion to matrices, and softmax under them.
#pragma once
#include <algorithm>
#include <cmath>

#include "kernels/exp_row.h"
#include "kernels/loop.h"

namespace gradus::kernels {

inline constexpr int64_t score_row_grain = 16384, combine_grain = 32768;

/// Sizes of scores: samples, heads, queries, keys.
struct ScoreSizes {
  int64_t B, H, T, S;
  int64_t rows() const { return B * H * T; }
};

/// Keys begin .. end - 1; the first tile of `edge` keys starts at first(edge).
struct KeySpan {
  int64_t begin = 0, end = 0;
  int64_t first(int64_t edge) const { return begin / edge * edge; }
};

/// Query i of sample b, head h may attend to key j if begin(i) <= j < end(b, i) and, if there is a
/// matrix, row(b, h, i)[j * strides[3]]. Neither bound decreases with i. Owns nothing.
struct MaskView {
  int64_t keys = 0;  // S
  bool causal = false;
  int64_t offset = 0;
  bool window = false;
  int64_t low = 0, high = 0;
  const int64_t* lengths = nullptr;
  int64_t length_stride = 0;
  const bool* allowed = nullptr;
  int64_t strides[4] = {};

  int64_t length(int64_t b) const {
    return lengths ? std::min(keys, lengths[b * length_stride]) : keys;
  }
  int64_t end(int64_t b, int64_t i) const {
    int64_t n = length(b);
    if (causal) n = std::min(n, i + offset + 1);
    if (window) n = std::min(n, i + high + 1);
    return std::max<int64_t>(0, n);
  }
  int64_t begin(int64_t i) const {
    return window ? std::min(keys, std::max<int64_t>(0, i + low)) : 0;
  }
  /// The keys visible to any of queries i0 .. i1 - 1; begin = end if there are none.
  KeySpan span(int64_t b, int64_t i0, int64_t i1) const {
    const KeySpan k{begin(i0), end(b, i1 - 1)};
    return k.begin < k.end ? k : KeySpan{};
  }
  const bool* row(int64_t b, int64_t h, int64_t i) const {
    return allowed + b * strides[0] + h * strides[1] + i * strides[2];
  }
  bool allows(int64_t b, int64_t h, int64_t i, int64_t j) const {
    return j >= begin(i) && j < end(b, i) && (!allowed || row(b, h, i)[j * strides[3]]);
  }
};

/// body(row, b, h, i) for each row of scores, in parallel.
template <class Body> void each_row(const ScoreSizes& s, Body&& body) {
  parallel_for(s.rows(), score_row_grain / (s.S + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) body(r, r / (s.H * s.T), r / s.T % s.H, r % s.T);
  });
}

/// out[b, h, i, j] = allows(b, h, i, j)
inline void fill_mask(const ScoreSizes& s, const MaskView& mask, bool* out) {
  each_row(s, [&](int64_t r, int64_t b, int64_t h, int64_t i) {
    for (int64_t j = 0; j < s.S; ++j) out[r * s.S + j] = mask.allows(b, h, i, j);
  });
}

/// out[b, h, i] = no key is allowed in that row
inline void fill_empty_rows(const ScoreSizes& s, const MaskView& mask, bool* out) {
  each_row(s, [&](int64_t r, int64_t b, int64_t h, int64_t i) {
    bool empty = true;
    for (int64_t j = 0; j < s.S && empty; ++j) empty = !mask.allows(b, h, i, j);
    out[r] = empty;
  });
}

/// y = f(a, b) over arrays of one shape: the logic of masks.
template <class A, class F>
void combine(const StridedLoop<3>& loop, const A* a, const A* b, bool* y, F f) {
  for_each_run(loop, combine_grain, [=](const int64_t* at, const int64_t* stride, int64_t n) {
    for (int64_t i = 0; i < n; ++i)
      y[at[2] + i * stride[2]] = f(a[at[0] + i * stride[0]], b[at[1] + i * stride[1]]);
  });
}

/// Softmax of each row over the allowed keys. A sum of 0 (no key is allowed, or only -inf scores)
/// gives zeros, a NaN among the allowed scores a row of NaN.
template <class T>
void masked_softmax(const ScoreSizes& s, const MaskView& mask, const T* x, T* y) {
  each_row(s, [&](int64_t r, int64_t b, int64_t h, int64_t i) {
    const int64_t end = mask.end(b, i), step = mask.strides[3];
    const int64_t begin = std::min(mask.begin(i), end);
    const bool* sees = mask.allowed ? mask.row(b, h, i) : nullptr;
    const T* in = x + r * s.S;
    T* out = y + r * s.S;
    for (int64_t j = 0; j < begin; ++j) out[j] = 0;
    for (int64_t j = begin; j < end; ++j) out[j] = sees && !sees[j * step] ? T(-INFINITY) : in[j];
    T* e = out + begin;
    const T sum = scale_row<SumOrder::simd>(end - begin, e, T(-INFINITY), [=](int64_t j, T term) {
                    return e[j] = term;
                  }).sum;
    const T scale = sum == 0 ? T(0) : 1 / sum;
#pragma omp simd
    for (int64_t j = begin; j < end; ++j) out[j] *= scale;
    for (int64_t j = begin; sees && j < end; ++j) out[j] = sees[j * step] ? out[j] : T(0);
    for (int64_t j = end; j < s.S; ++j) out[j] = 0;
  });
}

template <class T>
void masked_softmax_backward(const ScoreSizes& s, const MaskView& mask, const T* y, const T* dy,
                             T* dx) {
  each_row(s, [&](int64_t r, int64_t b, int64_t h, int64_t i) {
    const int64_t end = mask.end(b, i), step = mask.strides[3], at = r * s.S;
    const int64_t begin = std::min(mask.begin(i), end);
    const bool* sees = mask.allowed ? mask.row(b, h, i) : nullptr;
    T dot = 0;
    for (int64_t j = 0; j < begin; ++j) dx[at + j] = 0;
    for (int64_t j = begin; j < end; ++j)  // dy of hidden keys is not read, either
      dx[at + j] = sees && !sees[j * step] ? T(0) : dy[at + j];
#pragma omp simd reduction(+ : dot)
    for (int64_t j = begin; j < end; ++j) dot += dx[at + j] * y[at + j];
#pragma omp simd
    for (int64_t j = begin; j < end; ++j) dx[at + j] = y[at + j] * (dx[at + j] - dot);
    for (int64_t j = begin; sees && j < end; ++j) dx[at + j] = sees[j * step] ? dx[at + j] : T(0);
    for (int64_t j = end; j < s.S; ++j) dx[at + j] = 0;
  });
}

}  // namespace gradus::kernels
