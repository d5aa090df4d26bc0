// SPDX-License-Identifier: MIT
// Attention forward, in tiles of queries by keys, without storing the score matrix. The tiles of a
// row of scores are processed with a running maximum m and sum l of exp(s - m); the accumulated
// output is rescaled when m grows (Milakov and Gimelshein 2018, Rabe and Staats 2021, Dao et al.
// 2022). Next: kernels/attention_backward.h
#pragma once
#include "kernels/attention_plain.h"
#include "kernels/key_factor.h"

namespace gradus::kernels {

inline constexpr int64_t attention_chunk = 4 * attention_tile;  // queries of a task
inline constexpr int64_t score_step = 16;  // rows of scores are padded to a multiple of this
inline constexpr int64_t attention_work = 262144, attention_backward_work = 131072;  // of a task

/// One tile: keys j0 .. j0 + cols of sample b, head h.
struct TilePlace {
  int64_t b, h, j0, cols;
};

/// A row of products -> scores: scaled, with bias, -inf where hidden, and padded with -inf to a
/// multiple of score_step, so that loops have no remainder. Returns that multiple.
template <class T> int64_t score_row(const Scoring<T>& rule, const TilePlace& at, int64_t i, T* s) {
  const auto [b, h, j0, cols] = at;
  const int64_t seen = rule.mask.end(b, i) - j0, n = seen < 0 ? 0 : seen < cols ? seen : cols;
  const int64_t hidden = std::min(rule.mask.begin(i) - j0, n);
#pragma omp simd
  for (int64_t j = 0; j < n; ++j) s[j] *= rule.scale;
  if (rule.bias) {
    const int64_t* stride = rule.bias_strides;
    const T* bias = rule.bias + b * stride[0] + h * stride[1] + i * stride[2] + j0 * stride[3];
    for (int64_t j = 0; j < n; ++j) s[j] += bias[j * stride[3]];
  }
  if (rule.slopes) {
    const T slope = static_cast<T>(rule.slopes[h]), place = static_cast<T>(i + rule.behind - j0);
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) s[j] -= slope * std::fabs(place - static_cast<T>(j));
  }
  if (rule.mask.allowed) {
    const bool* sees = rule.mask.row(b, h, i) + j0 * rule.mask.strides[3];
    for (int64_t j = 0; j < n; ++j) s[j] = sees[j * rule.mask.strides[3]] ? s[j] : T(-INFINITY);
  }
  for (int64_t j = 0; j < hidden; ++j) s[j] = -INFINITY;
  const int64_t width = (cols + score_step - 1) / score_step * score_step;
  for (int64_t j = n; j < width; ++j) s[j] = -INFINITY;
  return width;
}

namespace detail {

// exp(s - m) of the next tile of a row; updates m and l, which are in `row`, and the output row
// `y`.
template <class T>
void gather_row(int64_t width, int64_t values, T* s, RowScale<T>& row, T* y, bool first) {
  const T m = first ? T(-INFINITY) : row.max;
  const RowScale<T> now =
      scale_row<SumOrder::short_rows>(width, s, m, [=](int64_t j, T e) { return s[j] = e; });
  const T before = first ? T(0) : exp(m - row_shift(now.max));
  if (!first && before != 1)
#pragma omp simd
    for (int64_t c = 0; c < values; ++c) y[c] *= before;
  row = {now.max, first ? now.sum : row.sum * before + now.sum};
}

// The output of up to attention_chunk queries r0 .. r1 of one head.
template <class T>
void attend(const AttentionSizes& z, const Scoring<T>& rule, int64_t b, int64_t h, int64_t r0,
            int64_t r1, const Heads<const T>& q, const Heads<const T>& k, const Heads<const T>& v,
            const Heads<T>& y, T* lse, T* scratch) {
  const int64_t edge = tile_size(attention_tile);
  T *keys = scratch, *values = keys + packed_size(z.D, score_ld);
  T* s = values + packed_size(score_ld, z.V);
  RowScale<T> scales[attention_chunk] = {};
  T* out = y.at(b, h);
  const KeySpan all = rule.mask.span(b, r0, r1);
  const T *k_rows = k.at(b, h / z.group), *v_rows = v.at(b, h / z.group);
  for (int64_t j0 = all.first(edge); j0 < all.end; j0 += edge) {
    const TilePlace tile{b, h, j0, std::min(edge, all.end - j0)};
    const auto key =
        KeyFactor<T>::of_columns(z.T, tile.cols, k_rows + j0 * k.row, k.row, z.D, keys);
    const auto value =
        KeyFactor<T>::of_rows(z.T, tile.cols, v_rows + j0 * v.row, v.row, z.V, values);
    for (int64_t i0 = r0; i0 < r1; i0 += edge) {
      const int64_t rows = std::min(edge, r1 - i0);
      const KeySpan seen = rule.mask.span(b, i0, i0 + rows);
      if (seen.end <= j0 || seen.begin >= j0 + edge) continue;
      const bool first = j0 == seen.first(edge);
      const TilePlace at{b, h, j0, std::min(tile.cols, seen.end - j0)};
      key.scores({rows, at.cols, z.D}, {q.at(b, h) + i0 * q.row, q.row}, s);
      for (int64_t r = 0; r < rows; ++r)
        gather_row(score_row(rule, at, i0 + r, s + r * score_ld), z.V, s + r * score_ld,
                   scales[i0 - r0 + r], out + (i0 + r) * y.row, first);
      if (rule.keep.drops())
        drop_tile(rule.keep, (b * z.H + h) * z.T + i0, rows, z.S, j0, at.cols, s, score_ld);
      value.multiply({rows, z.V, at.cols}, {s, score_ld}, !first, out + i0 * y.row, y.row);
    }
  }
  for (int64_t i = r0; i < r1; ++i) {
    const auto [m, sum] = scales[i - r0];
    const T part = 1 / sum;
    T* row = out + i * y.row;
    for (int64_t c = 0; c < z.V; ++c) row[c] = sum == 0 ? T(0) : row[c] * part;
    lse[(b * z.H + h) * z.T + i] = sum == 0 ? T(INFINITY) : m + log(sum);
  }
}

}  // namespace detail

/// The number of scratch elements per worker.
inline int64_t attention_scratch(const AttentionSizes& z) {
  return packed_size(z.D, score_ld) + packed_size(score_ld, z.V) + score_ld * score_ld;
}

/// y_i = sum_j w_ij v_j, w_ij = exp(s_ij - lse_i), lse [B, H, T] the logarithm of the sum of
/// exp(s_ij) over allowed keys j. A row without any gets y = 0 and lse = +inf, hence w = 0.
template <class T>
void attention(const AttentionSizes& z, const Scoring<T>& rule, const Heads<const T>& q,
               const Heads<const T>& k, const Heads<const T>& v, const Heads<T>& y, T* lse,
               T* scratch) {
  const int64_t chunk = attention_chunk / attention_tile * tile_size(attention_tile);
  const int64_t chunks = (z.T + chunk - 1) / chunk;
  const int64_t work = std::min(chunk, z.T) * (z.S + 8) * (z.D + z.V + 8);
  const int64_t grain = attention_work / (work + 1) + 1;
  parallel_for(z.B * z.H * chunks, grain, [&](int64_t begin, int64_t end) {
    T* mine = scratch + worker_index() * attention_scratch(z);
    for (int64_t item = begin; item < end; ++item) {
      const int64_t head = item / chunks, r0 = item % chunks * chunk;
      detail::attend(z, rule, head / z.H, head % z.H, r0, std::min(r0 + chunk, z.T), q, k, v, y,
                     lse, mine);
    }
  });
}

/// The weights w [B, H, T, S], before dropout, from the lse of attention().
template <class T>
void attention_weights(const AttentionSizes& z, const Scoring<T>& rule, const Heads<const T>& q,
                       const Heads<const T>& k, const T* lse, T* w, T* scratch) {
  const int64_t edge = tile_size(attention_tile), tiles = (z.T + edge - 1) / edge;
  parallel_blocks(z.B * z.H * tiles, [&](int64_t item) {
    T *keys = scratch + worker_index() * attention_scratch(z),
      *s = keys + packed_size(z.D, score_ld);
    const int64_t b = item / tiles / z.H, h = item / tiles % z.H, i0 = item % tiles * edge;
    const int64_t rows = std::min(edge, z.T - i0);
    for (int64_t j0 = 0; j0 < z.S; j0 += edge) {
      const TilePlace at{b, h, j0, std::min(edge, z.S - j0)};
      const T* k_rows = k.at(b, h / z.group) + j0 * k.row;
      KeyFactor<T>::of_columns(z.T, at.cols, k_rows, k.row, z.D, keys)
          .scores({rows, at.cols, z.D}, {q.at(b, h) + i0 * q.row, q.row}, s);
      for (int64_t r = 0; r < rows; ++r) {
        const int64_t row = (b * z.H + h) * z.T + i0 + r;
        T* scores = s + r * score_ld;
        score_row(rule, at, i0 + r, scores);
        for (int64_t j = 0; j < at.cols; ++j)
          w[row * z.S + j0 + j] = exp_weight(scores[j], lse[row]);
      }
    }
  });
}

}  // namespace gradus::kernels
