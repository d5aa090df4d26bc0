// SPDX-License-Identifier: MIT
// Attention backward: recomputes the weights of each tile from scores and logsumexp.
//   delta_i = sum_c dy_ic y_ic,  dw_ij = sum_c dy_ic v_jc
//   ds_ij = w_ij (dw_ij - delta_i)
//   dq_i = scale sum_j ds_ij k_j,  dk_j = scale sum_i ds_ij q_i,  dv_j = sum_i w_ij dy_i
// Heads that share keys and values add to dk and dv in order.
// With dropout, dw and the w of dv include the factor of kernels/keep.h; delta does not change.
#pragma once
#include <utility>

#include "kernels/attention.h"

namespace gradus::kernels {

/// Inputs and outputs of backward; unwanted gradients are null. dbias is accumulated and has the
/// strides of the bias.
template <class T> struct AttentionBackward {
  Heads<const T> q, k, v, y, dy;
  const T* lse;
  Heads<T> dq, dk, dv;
  T* dbias;
};

/// The number of scratch elements per worker.
inline int64_t attention_backward_scratch(const AttentionSizes& z) {
  return packed_size(z.D, score_ld) + packed_size(score_ld, z.D) + packed_size(z.V, score_ld) +
         3 * score_ld * score_ld + packed_size(z.T, z.D) + packed_size(z.T, z.V) + z.T;
}

namespace detail {

// One head; the members point into its scratch memory.
template <class T> struct HeadBackward {
  const AttentionSizes& z;
  const Scoring<T>& rule;
  const AttentionBackward<T>& t;
  int64_t b, h;
  T *keys, *key_rows, *values, *w, *ds, *factor, *q_rows, *dy_rows, *delta;
  KeyFactor<T> q{}, dy{};  // all queries and rows of dy, as second factors

  HeadBackward(const AttentionSizes& sizes, const Scoring<T>& scoring,
               const AttentionBackward<T>& tensors, int64_t sample, int64_t head, T* scratch)
      : z(sizes), rule(scoring), t(tensors), b(sample), h(head) {
    const auto take = [&](int64_t count) { return std::exchange(scratch, scratch + count); };
    keys = take(packed_size(z.D, score_ld)), key_rows = take(packed_size(score_ld, z.D));
    values = take(packed_size(z.V, score_ld)), w = take(score_ld * score_ld);
    ds = take(score_ld * score_ld), factor = take(score_ld * score_ld);
    q_rows = take(packed_size(z.T, z.D)), dy_rows = take(packed_size(z.T, z.V)), delta = take(z.T);
  }

  void run() {
    const int64_t edge = tile_size(attention_tile);
    const KeySpan all = z.T ? rule.mask.span(b, 0, z.T) : KeySpan{};
    const Heads<const T>&out = t.y, &cotangent = t.dy;
    for (int64_t i = 0; i < z.T; ++i) {
      const T *y_row = out.at(b, h) + i * out.row, *dy_row = cotangent.at(b, h) + i * cotangent.row;
      T sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t c = 0; c < z.V; ++c) sum += y_row[c] * dy_row[c];
      delta[i] = sum;
    }
    q = KeyFactor<T>::of_rows(z.T, z.T, t.q.at(b, h), t.q.row, z.D, q_rows);
    dy = KeyFactor<T>::of_rows(z.T, z.T, t.dy.at(b, h), t.dy.row, z.V, dy_rows);
    for (int64_t i0 = 0; i0 < z.T; i0 += edge)
      if (const int64_t i1 = std::min(i0 + edge, z.T); rule.mask.span(b, i0, i1).end == 0)
        zero_rows(t.dq.at(b, h), t.dq.row, i0, i1, z.D);
    for (int64_t j0 = 0; j0 < z.S; j0 += edge)
      key_tile({b, h, j0, std::min(edge, z.S - j0)},
               all.begin < j0 + edge ? std::min(edge, all.end - j0) : 0, edge);
  }

  // All queries against the keys of one tile, of which the first `visible` are seen by any query.
  void key_tile(TilePlace at, int64_t visible, int64_t edge) {
    const int64_t shared = h / z.group, j0 = at.j0, j1 = j0 + at.cols;
    T *dk = t.dk.at(b, shared), *dv = t.dv.at(b, shared);
    bool first = h % z.group == 0;  // dk and dv are not yet initialised
    if (first) zero_rows(dk, t.dk.row, visible > 0 ? j0 + visible : j0, j1, z.D);
    if (first) zero_rows(dv, t.dv.row, visible > 0 ? j0 + visible : j0, j1, z.V);
    if (visible <= 0) return;
    const T* k_rows = t.k.at(b, shared) + j0 * t.k.row;
    const T* v_rows = t.v.at(b, shared) + j0 * t.v.row;
    const auto kt = KeyFactor<T>::of_columns(z.T, visible, k_rows, t.k.row, z.D, keys);
    const auto vt = KeyFactor<T>::of_columns(z.T, visible, v_rows, t.v.row, z.V, values);
    const auto k = KeyFactor<T>::of_rows(z.T, visible, k_rows, t.k.row, z.D, key_rows);
    for (int64_t i0 = 0; i0 < z.T; i0 += edge) {
      const int64_t rows = std::min(edge, z.T - i0);
      const KeySpan seen = rule.mask.span(b, i0, i0 + rows);
      if (seen.end <= j0 || seen.begin >= j0 + edge) continue;
      const int64_t cols = first ? visible : std::min(visible, seen.end - j0);
      tile({b, h, j0, cols}, i0, rows, kt, vt);
      const Factor<T> weights{w, score_ld, true}, ds_columns{ds, score_ld, true};
      if (dv)
        dy.from(i0).multiply({cols, z.V, rows}, weights, !first, dv + j0 * t.dv.row, t.dv.row);
      if (dk)
        q.from(i0).multiply({cols, z.D, rows}, ds_columns, !first, dk + j0 * t.dk.row, t.dk.row);
      if (t.dq.data)
        k.multiply({rows, z.D, cols}, {ds, score_ld}, j0 > seen.first(edge),
                   t.dq.at(b, h) + i0 * t.dq.row, t.dq.row);
      first = false;
    }
    if (first) zero_rows(dk, t.dk.row, j0, j0 + visible, z.D);  // keys that no query sees
    if (first) zero_rows(dv, t.dv.row, j0, j0 + visible, z.V);
  }

  // w and scale * ds of one tile.
  void tile(const TilePlace& at, int64_t i0, int64_t rows, const KeyFactor<T>& kt,
            const KeyFactor<T>& vt) {
    kt.scores({rows, at.cols, z.D}, q.plain.part(i0, 0), w);
    vt.scores({rows, at.cols, z.V}, dy.plain.part(i0, 0), ds);
    const bool drops = rule.keep.drops();
    if (drops)
      keep_tile(rule.keep, (b * z.H + h) * z.T + i0, rows, z.S, at.j0, at.cols, factor, score_ld);
    for (int64_t r = 0; r < rows; ++r) {
      T *s = w + r * score_ld, *d = ds + r * score_ld;
      const T *keep = drops ? factor + r * score_ld : nullptr, row_delta = delta[i0 + r];
      const T lse = t.lse[(b * z.H + h) * z.T + i0 + r];
      score_row(rule, at, i0 + r, s);
      if (keep)
        for (int64_t j = 0; j < at.cols; ++j) {
          const T weight = exp_weight(s[j], lse);
          d[j] = weight == 0 ? T(0) : weight * (d[j] * keep[j] - row_delta);
          s[j] = weight * keep[j];
        }
      else
#pragma omp simd
        for (int64_t j = 0; j < at.cols; ++j) {
          const T weight = exp_weight(s[j], lse);
          d[j] = weight == 0 ? T(0) : weight * (d[j] - row_delta);
          s[j] = weight;
        }
      if (t.dbias) add_bias_gradient(at, i0 + r, d);
#pragma omp simd
      for (int64_t j = 0; j < at.cols; ++j) d[j] *= rule.scale;
    }
  }

  void add_bias_gradient(const TilePlace& at, int64_t i, const T* d) {
    const int64_t* stride = rule.bias_strides;
    T* to = t.dbias + b * stride[0] + h * stride[1] + i * stride[2] + at.j0 * stride[3];
    for (int64_t j = 0; j < at.cols; ++j) to[j * stride[3]] += d[j];
  }
};

}  // namespace detail

/// The gradients of attention(). One thread computes, in order, all heads that add to the same
/// elements of dk, dv or dbias.
template <class T>
void attention_backward(const AttentionSizes& z, const Scoring<T>& rule,
                        const AttentionBackward<T>& tensors, T* scratch) {
  const bool shared_b = tensors.dbias && rule.bias_strides[0] == 0;
  const bool shared_h = tensors.dbias && rule.bias_strides[1] == 0;
  const int64_t b_step = shared_b ? z.B : 1, h_step = shared_h ? z.H : z.group;
  const int64_t across = z.H / (h_step > 0 ? h_step : 1);
  const int64_t groups = z.B > 0 && z.H > 0 ? z.B / b_step * across : 0;
  const int64_t work = b_step * h_step * (z.T + 8) * (z.S + 8) * (z.D + z.V + 8);
  const int64_t grain = attention_backward_work / (work + 1) + 1;
  parallel_for(groups, grain, [&](int64_t begin, int64_t end) {
    T* mine = scratch + worker_index() * attention_backward_scratch(z);
    for (int64_t g = begin; g < end; ++g)
      for (int64_t b = g / across * b_step; b < (g / across + 1) * b_step; ++b)
        for (int64_t h = g % across * h_step; h < (g % across + 1) * h_step; ++h)
          detail::HeadBackward<T>(z, rule, tensors, b, h, mine).run();
  });
}

}  // namespace gradus::kernels
