// SPDX-License-Identifier: MIT
// Convolution as matrix products (im2col): the inputs of each output form a column, and the result
// is W times the columns.
#pragma once
#include <algorithm>

#include "kernels/gemm.h"

namespace gradus::kernels {

inline constexpr int64_t conv_tasks = 16;  // the most tasks among which samples are split for dw

/// C input and O output channels, each in `groups` parts; K taps, `dilation` apart; T steps in, L
/// out. Output l reads steps l stride - left + k dilation for k = 0..K-1; steps outside are 0.
struct ConvSizes {
  int64_t B, C, O, T, L, K, stride, left, dilation, groups;
  int64_t in() const { return C / groups; }  // channels of a group
  int64_t out() const { return O / groups; }
  int64_t column() const { return in() * K; }  // height of the columns
  int64_t scratch() const { return column() * L; }
  /// Samples whose part of dw one task sums; depends only on the sizes.
  int64_t block() const { return std::max(grain_size(1), (B + conv_tasks - 1) / conv_tasks); }
  int64_t blocks() const { return (B + block() - 1) / block(); }
  /// The outputs l in [first, last) for which tap k is inside.
  int64_t first(int64_t k) const {
    const int64_t shift = left - k * dilation;
    return std::clamp<int64_t>(shift > 0 ? (shift + stride - 1) / stride : 0, 0, L);
  }
  int64_t last(int64_t k) const {
    const int64_t room = T - 1 + left - k * dilation;
    return room < 0 ? 0 : std::clamp<int64_t>(room / stride + 1, 0, L);
  }
};

/// columns[c K + k, l] = x[c, l stride - left + k dilation]
template <class T> void to_columns(const ConvSizes& s, const T* x, T* columns) {
  for (int64_t c = 0; c < s.in(); ++c)
    for (int64_t k = 0; k < s.K; ++k) {
      T* to = columns + (c * s.K + k) * s.L;
      const int64_t shift = c * s.T - s.left + k * s.dilation;
      const int64_t first = s.first(k), last = std::max(first, s.last(k));
      std::fill(to, to + first, T(0));
      for (int64_t l = first; l < last; ++l) to[l] = x[l * s.stride + shift];
      std::fill(to + last, to + s.L, T(0));
    }
}

/// The adjoint: x[c, ...] += columns[c K + k, l]
template <class T> void add_columns(const ConvSizes& s, const T* columns, T* x) {
  for (int64_t c = 0; c < s.in(); ++c)
    for (int64_t k = 0; k < s.K; ++k) {
      const T* from = columns + (c * s.K + k) * s.L;
      const int64_t shift = c * s.T - s.left + k * s.dilation;
      for (int64_t l = s.first(k); l < s.last(k); ++l) x[l * s.stride + shift] += from[l];
    }
}

/// y[b, o, l] = bias[o] + sum of w[o, c, k] x[b, c, ...]; scratch: scratch() for each thread.
template <class T>
void conv(const ConvSizes& s, const T* x, const T* w, const T* bias, T* y, T* scratch) {
  parallel_blocks(s.B * s.groups, [=](int64_t task) {
    const int64_t b = task / s.groups, g = task % s.groups;
    T* columns = scratch + worker_index() * s.scratch();
    T* out = y + (b * s.O + g * s.out()) * s.L;
    to_columns(s, x + (b * s.C + g * s.in()) * s.T, columns);
    for (int64_t o = 0; bias && o < s.out(); ++o)
      std::fill(out + o * s.L, out + (o + 1) * s.L, bias[g * s.out() + o]);
    gemm_block({s.out(), s.L, s.column()}, T(1), {w + g * s.out() * s.column(), s.column()},
               {columns, s.L}, T(bias ? 1 : 0), out, s.L);
  });
}

/// dx[b] = the columns W^T dy[b], added at their original positions.
template <class T>
void conv_backward_input(const ConvSizes& s, const T* w, const T* dy, T* dx, T* scratch) {
  parallel_blocks(s.B * s.groups, [=](int64_t task) {
    const int64_t b = task / s.groups, g = task % s.groups;
    T* columns = scratch + worker_index() * s.scratch();
    T* to = dx + (b * s.C + g * s.in()) * s.T;
    gemm_block({s.column(), s.L, s.out()}, T(1), {w + g * s.out() * s.column(), s.column(), true},
               {dy + (b * s.O + g * s.out()) * s.L, s.L}, T(0), columns, s.L);
    std::fill(to, to + s.in() * s.T, T(0));
    add_columns(s, columns, to);
  });
}

/// dw = sum over b of dy[b] columns[b]^T; sums: O column() for each block().
template <class T>
void conv_backward_weight(const ConvSizes& s, const T* x, const T* dy, T* dw, T* sums, T* scratch) {
  const int64_t size = s.O * s.column();
  parallel_blocks(s.blocks(), [=](int64_t block) {
    T* columns = scratch + worker_index() * s.scratch();
    const int64_t begin = block * s.block(), end = std::min(s.B, begin + s.block());
    for (int64_t g = 0; g < s.groups; ++g)
      for (int64_t b = begin; b < end; ++b) {
        to_columns(s, x + (b * s.C + g * s.in()) * s.T, columns);
        gemm_block({s.out(), s.column(), s.L}, T(1), {dy + (b * s.O + g * s.out()) * s.L, s.L},
                   {columns, s.L, true}, T(b > begin ? 1 : 0),
                   sums + block * size + g * s.out() * s.column(), s.column());
      }
  });
  std::fill(dw, dw + size, T(0));
  for (int64_t block = 0; block < s.blocks(); ++block)
    for (int64_t i = 0; i < size; ++i) dw[i] += sums[block * size + i];
}

}  // namespace gradus::kernels
