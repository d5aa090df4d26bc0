// SPDX-License-Identifier: MIT
// Linear attention backward. With g_i = [dy_i; -dy_i . y_i] / denominator, the gradient of u_i:
//   dphi(q_i) = state_i g_i,  dphi(k_j) = R_j [v_j; 1],  dv_j = R_j^T phi(k_j) without its last
//   R_j = sum of phi(q_i) g_i^T over the queries i that see key j
// Recomputes the states forward for dq; R runs from the end for dk and dv.
#pragma once
#include "kernels/linear_attention.h"

namespace gradus::kernels {

/// Unwanted gradients are null.
template <class T> struct LinearAttentionBackward {
  Heads<const T> y, dy;
  const T* inverse;
  Heads<T> dq, dk, dv;
};

namespace detail {

// phi'(x), computed from f = phi(x), both times `factor`.
template <class T> T feature_slope(Feature map, T x, T f, T factor) {
  return x > 0 || map == Feature::identity ? factor : map == Feature::relu ? T(0) : f;
}

template <class T> struct LinearHeadBackward : LinearHead<T> {
  using Base = LinearHead<T>;
  using Base::phi_k, Base::values, Base::u, Base::g, Base::a, Base::p, Base::dphi;
  using Base::t, Base::z, Base::b, Base::h, Base::kv, Base::ld, Base::edge, Base::sum, Base::phi_q;
  const LinearAttentionBackward<T>& back;

  LinearHeadBackward(const LinearAttention<T>& tensors, const LinearAttentionBackward<T>& gradients,
                     int64_t sample, int64_t head, T* memory)
      : Base(tensors, sample, head, memory), back(gradients) {}

  // g_i = [dy_i; -dy_i . y_i] / denominator
  void load_gradients(int64_t begin, int64_t count) {
    for (int64_t r = 0; r < count; ++r) {
      const T* dy = back.dy.at(b, h) + (begin + r) * back.dy.row;
      const T* y = back.y.at(b, h) + (begin + r) * back.y.row;
      const T inverse = back.inverse[(b * z.H + h) * z.T + begin + r];
      T dot = 0;
#pragma omp simd reduction(+ : dot)
      for (int64_t c = 0; c < z.V; ++c) dot += dy[c] * y[c];
      for (int64_t c = 0; c < z.V; ++c) g[r * ld + c] = inverse == 0 ? T(0) : dy[c] * inverse;
      g[r * ld + z.V] = inverse == 0 ? T(0) : -dot * inverse;
    }
  }
  // dphi -> rows of `to`, added if `adds`; `factors` of the rows of f, or null for 1.
  void through_features(const Heads<const T>& x, int64_t head, const T* f, const Heads<T>& to,
                        int64_t begin, int64_t count, bool adds, const T* factors) {
    for (int64_t r = 0; r < count; ++r) {
      const T *in = x.at(b, head) + (begin + r) * x.row, *phi = f + r * z.D, *d = dphi + r * z.D;
      T* out = to.at(b, head) + (begin + r) * to.row;
      const T factor = factors ? factors[r] : T(1);
      for (int64_t c = 0; c < z.D; ++c)
        out[c] = (adds ? out[c] : T(0)) + d[c] * feature_slope(t.map, in[c], phi[c], factor);
    }
  }

  void backward_queries() {
    this->each_tile([&](int64_t i0, int64_t rows, int64_t begin, int64_t end) {
      load_gradients(i0, rows);
      gemm_block({rows, z.D, z.V + 1}, T(1), {g, ld}, {sum, ld, true}, T(0), dphi, z.D);
      if (const int64_t cols = end - begin; cols > 0) {
        this->load_keys(begin, cols);
        gemm_block({rows, cols, z.V + 1}, T(1), {g, ld}, {values, ld, true}, T(0), p, linear_tile);
        this->hide(p, i0, rows, begin, cols);
        gemm_block({rows, z.D, cols}, T(1), {p, linear_tile}, {phi_k, z.D}, T(1), dphi, z.D);
      }
      through_features(t.q, h, phi_q, back.dq, i0, rows, false, this->shrunk);
    });
  }

  // The first query to which key j is visible.
  int64_t first_query(int64_t j) const {
    return t.mask.causal ? std::clamp<int64_t>(j - t.mask.offset, 0, z.T) : 0;
  }

  void backward_keys() {
    const int64_t seen = t.mask.length(b);
    const bool adds = h % z.group != 0;
    if (!adds) zero_rows(back.dk.at(b, kv), back.dk.row, seen, z.S, z.D);
    if (!adds) zero_rows(back.dv.at(b, kv), back.dv.row, seen, z.S, z.V);
    this->begin_sum(nullptr);
    int64_t absorbed = z.T;  // queries from this one on are in the sum
    for (int64_t j0 = (seen - 1) / edge * edge; seen > 0 && j0 >= 0; j0 -= edge) {
      const int64_t cols = std::min(edge, seen - j0);
      const int64_t all = first_query(j0 + cols - 1), some = first_query(j0);
      for (; absorbed > all; absorbed = std::max(all, absorbed - edge)) {
        const int64_t i = std::max(all, absorbed - edge);
        load_queries(i, absorbed - i);
        gemm_block({z.D, z.V + 1, absorbed - i}, T(1), {phi_q, z.D, true}, {g, ld}, T(1), sum, ld);
      }
      this->load_keys(j0, cols);
      key_tile(j0, cols, some, all - some, adds);
    }
  }

  void load_queries(int64_t begin, int64_t count) {
    this->query_features(begin, count);
    load_gradients(begin, count);
  }

  // `rows` queries from i0 see part of these keys, later queries see all.
  void key_tile(int64_t j0, int64_t cols, int64_t i0, int64_t rows, bool adds) {
    gemm_block({cols, z.D, z.V + 1}, T(1), {values, ld}, {sum, ld, true}, T(0), dphi, z.D);
    gemm_block({cols, z.V + 1, z.D}, T(1), {phi_k, z.D}, {sum, ld}, T(0), u, ld);
    if (rows > 0) {
      load_queries(i0, rows);
      gemm_block({rows, cols, z.D}, T(1), {phi_q, z.D}, {phi_k, z.D, true}, T(0), a, linear_tile);
      gemm_block({rows, cols, z.V + 1}, T(1), {g, ld}, {values, ld, true}, T(0), p, linear_tile);
      this->hide(a, i0, rows, j0, cols), this->hide(p, i0, rows, j0, cols);
      gemm_block({cols, z.D, rows}, T(1), {p, linear_tile, true}, {phi_q, z.D}, T(1), dphi, z.D);
      gemm_block({cols, z.V + 1, rows}, T(1), {a, linear_tile, true}, {g, ld}, T(1), u, ld);
    }
    if (back.dk.data) through_features(t.k, kv, phi_k, back.dk, j0, cols, adds, nullptr);
    T* dv = back.dv.at(b, kv);
    for (int64_t r = 0; dv && r < cols; ++r)
      for (int64_t c = 0; c < z.V; ++c) {
        T& to = dv[(j0 + r) * back.dv.row + c];
        to = (adds ? to : T(0)) + u[r * ld + c];
      }
  }
};

}  // namespace detail

/// One thread computes heads that share keys, in order.
template <class T>
void linear_attention_backward(const LinearAttention<T>& t, const LinearAttentionBackward<T>& back,
                               T* scratch) {
  const int64_t heads = t.z.H / std::max<int64_t>(1, t.z.group);
  const int64_t work = t.z.group * (t.z.T + t.z.S) * (t.z.D + 8) * (t.z.V + 8);
  const int64_t grain = linear_backward_work / (work + 1) + 1;
  parallel_for(t.z.B * heads, grain, [&](int64_t begin, int64_t end) {
    T* mine = scratch + worker_index() * linear_attention_scratch<T>(t.z);
    for (int64_t i = begin * t.z.group; i < end * t.z.group; ++i) {
      detail::LinearHeadBackward<T> head(t, back, i / t.z.H, i % t.z.H, mine);
      if (back.dq.data) head.backward_queries();
      if (back.dk.data || back.dv.data) head.backward_keys();
    }
  });
}

}  // namespace gradus::kernels
