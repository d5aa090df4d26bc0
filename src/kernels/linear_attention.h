// SPDX-License-Identifier: MIT
// Linear attention: a running sum of keys times values replaces weights for all pairs.
//   state_i = sum of phi(k_j) [v_j; 1]^T over the keys j that query i sees, D x (V + 1)
//   u_i = phi(q_i)^T state_i,  y_i = u_i[0..V) / u_i[V]
// Processes tiles of queries: keys visible to the whole tile are in the state; keys visible to only
// part of it (the causal edge) are handled pairwise. Next: kernels/linear_attention_backward.h
#pragma once
#include "kernels/gemm.h"
#include "kernels/heads.h"
#include "kernels/mask.h"
#include "kernels/math.h"

namespace gradus::kernels {

inline constexpr int64_t linear_tile = 64, linear_step = 16;  // queries and keys; columns
inline constexpr float linear_shrink = 1 << 30;  // query features above this are scaled down
inline constexpr int64_t linear_work = 131072, linear_backward_work = 65536;  // work per task

enum class Feature { elu, relu, identity };  // phi(x) = elu(x) + 1, max(x, 0) + 1, x

/// The mask has only lengths and causality. state [B, G, D, V + 1]; null: zeros.
template <class T> struct LinearAttention {
  AttentionSizes z;
  Feature map;
  MaskView mask;
  Heads<const T> q, k, v;
  const T* state;
};

/// y [B, H, T, V], inverse [B, H, T] of the denominators, 0 if no key is visible; the last state,
/// unless null.
template <class T> struct LinearAttentionOutput {
  Heads<T> y;
  T *inverse, *state;
};

namespace detail {

/// Row stride of [v_j; 1] and of the states in scratch memory.
inline int64_t linear_ld(const AttentionSizes& z) {
  return (z.V + linear_step) / linear_step * linear_step;
}

template <class T> T feature(Feature map, T x) {
  if (map == Feature::identity) return x;
  return x > 0 ? x + 1 : map == Feature::relu ? (x == x ? T(1) : x) : exp(x);
}
// 0 if no key is visible; a denominator out of range gives NaN, not 0.
template <class T> T inverse_of(T total) {
  const T inverse = 1 / total;
  return total == 0 ? T(0) : inverse == 0 ? T(NAN) : inverse;
}

// One head; the members point into its scratch memory.
template <class T> struct LinearHead {
  const LinearAttention<T>& t;
  const AttentionSizes& z;
  int64_t b, h, kv, ld, edge;
  T *sum, *phi_q, *phi_k, *values, *u, *g, *a, *p, *dphi;
  T shrunk[linear_tile];  // the factor of each row of phi_q

  static int64_t scratch(const AttentionSizes& z) {
    const int64_t e = linear_tile;
    return z.D * linear_ld(z) + 3 * e * z.D + 3 * e * linear_ld(z) + 2 * e * e;
  }

  LinearHead(const LinearAttention<T>& tensors, int64_t sample, int64_t head, T* memory)
      : t(tensors),
        z(t.z),
        b(sample),
        h(head),
        kv(head / z.group),
        ld(linear_ld(z)),
        edge(tile_size(linear_tile)) {
    const auto take = [&](int64_t count) { return std::exchange(memory, memory + count); };
    const int64_t e = linear_tile;
    sum = take(z.D * ld), phi_q = take(e * z.D), phi_k = take(e * z.D), dphi = take(e * z.D);
    values = take(e * ld), u = take(e * ld), g = take(e * ld), a = take(e * e), p = take(e * e);
  }

  void features(const Heads<const T>& x, int64_t head, int64_t begin, int64_t count, T* to) {
    for (int64_t r = 0; r < count; ++r) {
      const T* row = x.at(b, head) + (begin + r) * x.row;
      T* out = to + r * z.D;
      const auto each = [&](auto map) {
#pragma omp simd
        for (int64_t c = 0; c < z.D; ++c) out[c] = feature(map(), row[c]);
      };
      if (t.map == Feature::elu) each([] { return Feature::elu; });
      else if (t.map == Feature::relu) each([] { return Feature::relu; });
      else each([] { return Feature::identity; });
    }
  }
  // phi(q_i), scaled down by a power of two if it is so large that a denominator, or its inverse,
  // could overflow or underflow T: y does not depend on the factor.
  void query_features(int64_t begin, int64_t count) {
    features(t.q, h, begin, count, phi_q);
    for (int64_t r = 0; r < count; ++r) {
      T *row = phi_q + r * z.D, top = 0;
#pragma omp simd reduction(max : top)
      for (int64_t c = 0; c < z.D; ++c) top = row[c] > top ? row[c] : top;
      shrunk[r] = 1;
      if (top < linear_shrink || !std::isfinite(top)) continue;
      shrunk[r] = std::ldexp(T(1), -std::ilogb(top));
      for (int64_t c = 0; c < z.D; ++c) row[c] *= shrunk[r];
    }
  }
  // phi(k_j) and [v_j; 1].
  void load_keys(int64_t begin, int64_t count) {
    features(t.k, kv, begin, count, phi_k);
    for (int64_t r = 0; r < count; ++r) {
      const T* row = t.v.at(b, kv) + (begin + r) * t.v.row;
      for (int64_t c = 0; c < z.V; ++c) values[r * ld + c] = row[c];
      values[r * ld + z.V] = 1;
    }
  }
  void begin_sum(const T* from) {
    if (from) from += (b * (z.H / z.group) + kv) * z.D * (z.V + 1);
    for (int64_t r = 0; r < z.D; ++r)
      for (int64_t c = 0; c <= z.V; ++c) sum[r * ld + c] = from ? from[r * (z.V + 1) + c] : T(0);
  }
  // Adds keys begin .. end - 1 to the state.
  void absorb(int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; j += edge) {
      const int64_t count = std::min(edge, end - j);
      load_keys(j, count);
      gemm_block({z.D, z.V + 1, count}, T(1), {phi_k, z.D, true}, {values, ld}, T(1), sum, ld);
    }
  }
  // m[r, c] = 0 unless query i0 + r sees key j0 + c.
  void hide(T* m, int64_t i0, int64_t rows, int64_t j0, int64_t cols) const {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = std::max<int64_t>(0, t.mask.end(b, i0 + r) - j0); c < cols; ++c)
        m[r * linear_tile + c] = 0;
  }

  // Calls body(i0, rows, begin, end) for each tile of queries, once the state contains the keys
  // visible to all of them; keys begin .. end - 1 are visible to some.
  template <class Body> int64_t each_tile(Body body) {
    int64_t absorbed = 0;
    begin_sum(t.state);
    for (int64_t i0 = 0; i0 < z.T; i0 += edge) {
      const int64_t rows = std::min(edge, z.T - i0), all = t.mask.end(b, i0);
      absorb(absorbed, all);
      absorbed = std::max(absorbed, all);
      query_features(i0, rows);
      body(i0, rows, all, t.mask.end(b, i0 + rows - 1));
    }
    return absorbed;
  }

  void forward(const LinearAttentionOutput<T>& to) {
    const int64_t absorbed = each_tile([&](int64_t i0, int64_t rows, int64_t begin, int64_t end) {
      gemm_block({rows, z.V + 1, z.D}, T(1), {phi_q, z.D}, {sum, ld}, T(0), u, ld);
      if (const int64_t cols = end - begin; cols > 0) {
        load_keys(begin, cols);
        gemm_block({rows, cols, z.D}, T(1), {phi_q, z.D}, {phi_k, z.D, true}, T(0), a, linear_tile);
        hide(a, i0, rows, begin, cols);
        gemm_block({rows, z.V + 1, cols}, T(1), {a, linear_tile}, {values, ld}, T(1), u, ld);
      }
      for (int64_t r = 0; r < rows; ++r) {
        const T total = u[r * ld + z.V], inverse = inverse_of(total);
        T* row = to.y.at(b, h) + (i0 + r) * to.y.row;
        for (int64_t c = 0; c < z.V; ++c) row[c] = inverse == 0 ? T(0) : u[r * ld + c] * inverse;
        to.inverse[(b * z.H + h) * z.T + i0 + r] = inverse;
      }
    });
    if (!to.state || h % z.group != 0) return;
    absorb(absorbed, t.mask.length(b));
    T* state = to.state + (b * (z.H / z.group) + kv) * z.D * (z.V + 1);
    for (int64_t r = 0; r < z.D; ++r)
      for (int64_t c = 0; c <= z.V; ++c) state[r * (z.V + 1) + c] = sum[r * ld + c];
  }
};

}  // namespace detail

/// The number of scratch elements per worker.
template <class T> int64_t linear_attention_scratch(const AttentionSizes& z) {
  return detail::LinearHead<T>::scratch(z);
}

template <class T>
void linear_attention(const LinearAttention<T>& t, const LinearAttentionOutput<T>& to, T* scratch) {
  const int64_t work = (t.z.T + t.z.S) * (t.z.D + 8) * (t.z.V + 8);
  parallel_for(t.z.B * t.z.H, linear_work / (work + 1) + 1, [&](int64_t begin, int64_t end) {
    T* mine = scratch + worker_index() * linear_attention_scratch<T>(t.z);
    for (int64_t i = begin; i < end; ++i)
      detail::LinearHead<T>(t, i / t.z.H, i % t.z.H, mine).forward(to);
  });
}

}  // namespace gradus::kernels
