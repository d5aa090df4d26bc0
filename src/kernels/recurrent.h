// SPDX-License-Identifier: MIT
// One direction of one recurrent layer over whole sequences, forward and backward. Sequences are
// independent: a task runs some of them through all steps, and threads synchronise only at the end.
// The input's contribution a = W x + b is computed before, as one product for all steps; the
// state's contribution U h is a small product in each step, for which U is packed once.
//   Letters: G parts of a width H in a and u = U h; rows of [B, T] or [T, B] arrays.
#pragma once
#include <algorithm>

#include "kernels/packed_product.h"
#include "kernels/recurrent_cells.h"

namespace gradus::kernels {

inline constexpr int64_t recurrent_block = 16, recurrent_large_block = 32;  // sequences of a task
inline constexpr int64_t recurrent_large_batch = 256;
inline constexpr int64_t recurrent_work = 1 << 19;  // the least work worth waking a thread for
inline constexpr int64_t states_grain = 8192;

/// The layout of the steps in memory, the real lengths, and the direction.
struct Sequences {
  int64_t B, T, H;
  const int64_t* lengths;  // [B], or null: all sequences have all steps
  bool reverse, batch_first;

  int64_t row(int64_t b, int64_t t) const { return batch_first ? b * T + t : t * B + b; }
  int64_t length(int64_t b) const { return lengths ? lengths[b] : T; }
  int64_t time(int64_t step) const { return reverse ? T - 1 - step : step; }
  /// The row whose state step t starts from; -1: the initial state.
  int64_t before(int64_t b, int64_t t) const {
    if (reverse) return t + 1 < length(b) ? row(b, t + 1) : -1;
    return t > 0 ? row(b, t - 1) : -1;
  }
  /// Sequences per task: enough work to be worth waking a thread.
  int64_t block() const {
    const int64_t usual = B > recurrent_large_batch ? recurrent_large_block : recurrent_block;
    return tile_size(std::max(usual, recurrent_work / (T * H * H + 1)));
  }
  int64_t blocks() const { return (B + block() - 1) / block(); }
};

template <class T> struct RecurrentArrays {
  const T *a, *h0, *c0;  // [rows, G H], [B, H]
  const T* bias;         // of u, or null
  Panels<T> w;           // U^T in forward, U in backward
  T *y, *kept;           // [rows, H], [rows, kept H]
  T *h, *c;              // [B, H]: the last states
  T* scratch;            // [blocks, block, G H]
};

/// After the end of a sequence y is 0 and the state does not change.
template <class Cell, class T> void recurrent(const Sequences& s, const RecurrentArrays<T>& x) {
  const int64_t H = s.H, width = Cell::gates * H, size = s.block();
  parallel_blocks(s.blocks(), [&](int64_t block) {
    const int64_t first = block * size, n = std::min(size, s.B - first);
    T* u = x.scratch + first * width;
    std::copy_n(x.h0 + first * H, n * H, x.h + first * H);
    if (Cell::has_c) std::copy_n(x.c0 + first * H, n * H, x.c + first * H);
    for (int64_t step = 0; step < s.T; ++step) {
      const int64_t t = s.time(step);
      for (int64_t b = 0; b < n; ++b)
        if (x.bias) std::copy_n(x.bias, width, u + b * width);
      packed_product<T>({n, width, H}, {x.h + first * H, H}, x.w, x.bias != nullptr, u, width);
      for (int64_t b = first; b < first + n; ++b) {
        const int64_t row = s.row(b, t);
        T *y = x.y + row * H, *h = x.h + b * H;
        if (t >= s.length(b)) {
          std::fill_n(y, H, T(0));
          continue;
        }
        Cell::forward(H, x.a + row * width, u + (b - first) * width, h,
                      Cell::has_c ? x.c + b * H : nullptr, x.kept + row * Cell::kept * H, y);
        std::copy_n(y, H, h);
      }
    }
  });
}

template <class T> struct RecurrentGradients {
  const T *dy, *dh, *dc;  // of y and the last states; each may be null
  T *da, *du;             // [rows, G H]; du is null if it equals da
  T *dh0, *dc0;           // [B, H]
};

/// Steps after the end of a sequence get da = du = 0.
template <class Cell, class T>
void recurrent_backward(const Sequences& s, const RecurrentArrays<T>& x,
                        const RecurrentGradients<T>& g) {
  const int64_t H = s.H, width = Cell::gates * H, size = s.block();
  const auto start = [&](const T* from, T* to, int64_t first, int64_t n) {
    if (from) std::copy_n(from + first * H, n * H, to + first * H);
    else std::fill_n(to + first * H, n * H, T(0));
  };
  parallel_blocks(s.blocks(), [&](int64_t block) {
    const int64_t first = block * size, n = std::min(size, s.B - first);
    start(g.dh, g.dh0, first, n);
    if (Cell::has_c) start(g.dc, g.dc0, first, n);
    for (int64_t step = s.T - 1; step >= 0; --step) {
      const int64_t t = s.time(step);
      for (int64_t b = first; b < first + n; ++b) {
        const int64_t row = s.row(b, t), before = s.before(b, t);
        T *dh = g.dh0 + b * H, *da = g.da + row * width, *du = x.scratch + b * width;
        if (t >= s.length(b)) {
          std::fill_n(da, width, T(0)), std::fill_n(du, width, T(0));
        } else {
          for (int64_t j = 0; g.dy && j < H; ++j) dh[j] += g.dy[row * H + j];
          const T* c_before = nullptr;
          if (Cell::has_c)
            c_before = before < 0 ? x.c0 + b * H : x.kept + (before * Cell::kept + 4) * H;
          Cell::backward(H, x.kept + row * Cell::kept * H, x.y + row * H,
                         before < 0 ? x.h0 + b * H : x.y + before * H, c_before, dh,
                         Cell::has_c ? g.dc0 + b * H : nullptr, da, du);
        }
        if (g.du) std::copy_n(du, width, g.du + row * width);
      }
      packed_product<T>({n, H, width}, {x.scratch + first * width, width}, x.w, true,
                        g.dh0 + first * H, H);
    }
  });
}

/// The state that each step starts from, [rows, H]; 0 after the end of a sequence.
template <class T> void states_before(const Sequences& s, const T* y, const T* h0, T* out) {
  parallel_for(s.B, states_grain / (s.T * s.H + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b)
      for (int64_t t = 0; t < s.T; ++t) {
        const int64_t before = s.before(b, t);
        T* to = out + s.row(b, t) * s.H;
        if (t >= s.length(b)) std::fill_n(to, s.H, T(0));
        else std::copy_n(before < 0 ? h0 + b * s.H : y + before * s.H, s.H, to);
      }
  });
}

}  // namespace gradus::kernels
