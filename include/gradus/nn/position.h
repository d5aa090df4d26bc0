// SPDX-License-Identifier: MIT
// Position encodings: attention by itself ignores the order of a sequence.
// Next: nn/attention.h
#pragma once
#include "gradus/nn/module.h"

namespace gradus {

/// The sinusoidal encoding of times, which may be fractional and irregular.
///   y[..., 2i] = sin(t / base^(2i / C)),  y[..., 2i + 1] = cos(t / base^(2i / C))
/// times: [...] -> y: [..., C], of the dtype of `times`; computed in f64. A shift of t rotates each
/// pair (2i, 2i + 1). Not tracked. Throws std::invalid_argument: d_model < 1, base <= 0.
/// Source: Vaswani et al. 2017, section 3.5.
Tensor sinusoidal(const Tensor& times, int64_t d_model, double base = 10000);
/// The same for the steps 0 .. length-1: [length, C], of default_dtype().
Tensor sinusoidal(int64_t length, int64_t d_model, double base = 10000);
/// The shift matrix T_k [C, C]: sinusoidal(t + k) = sinusoidal(t) T_k^T for any t, in f64;
/// rotations by k / base^(2i / C) on the diagonal. Throws like sinusoidal(), and for odd d_model.
Tensor sinusoidal_shift(double k, int64_t d_model, double base = 10000);

struct PositionOptions {
  int64_t d_model = 512;
  int64_t max_len = 5000;
};
/// x + sinusoidal(first .. first+T-1).  x: [B, T, C] -> y: the same, first + T <= max_len.  No
/// parameters.
struct SinusoidalPosition : Module {
  explicit SinusoidalPosition(PositionOptions options);
  Tensor operator()(const Tensor& x, int64_t first = 0) const;
  void visit(Visitor&) override {}
  SinusoidalPosition clone() const { return cloned(*this); }

  PositionOptions options;

 private:
  Tensor table_;  // f64; determined by the options, so not part of the state
};

/// x + weight[0 .. T-1], learned.  x: [B, T, C] -> y: the same, T <= max_len.
/// Key: weight [max_len, C], initially normal with deviation 0.02 (Radford et al. 2018).
struct LearnedPosition : Module {
  explicit LearnedPosition(PositionOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override { v("weight", weight); }
  LearnedPosition clone() const { return cloned(*this); }

  PositionOptions options;
  Tensor weight;
};

/// An encoding of continuous time with learned frequencies w:
///   y[..., i] = sin(w_i t) for i < n, cos(w_{i-n} t) for the rest, n = ceil(C / 2)
/// times: [...] -> y: [..., C], of the dtype of the frequencies.  Key: frequency [n], initially
/// falling from 1 to 1 / base as in sinusoidal(). Source: Xu et al. 2019; Kazemi et al. 2019.
struct LearnedTime : Module {
  explicit LearnedTime(int64_t d_model, double base = 10000);
  Tensor operator()(const Tensor& times) const;
  void visit(Visitor& v) override { v("frequency", frequency); }
  LearnedTime clone() const { return cloned(LearnedTime(d_model), *this); }

  int64_t d_model;
  Tensor frequency;
};

/// The slopes m_1 .. m_H of ALiBi: 2^(-8 h / H) if H is a power of two; else those of the next
/// lower power of two, then every second slope of twice that power. Scores get -m_h |i - j|.
/// Source: Press, Smith, Lewis 2021, section 3, and the authors' rule for other H.
std::vector<double> alibi_slopes(int64_t heads);

/// -m_h |i + offset - j| for H heads, T queries, S keys: [H, T, S], of default_dtype(). For
/// inspection; attention only needs the slopes. offset: the number of keys before query 0.
Tensor alibi_bias(int64_t heads, int64_t T, int64_t S, int64_t offset = 0);

struct RelativeBiasOptions {
  /// buckets: one bucket for each short distance, logarithmic buckets for longer ones, up to
  /// max_distance; Raffel et al. 2020, section 2.1. clipped: one for each distance from
  /// -max_distance to max_distance, clamped to that range; Shaw, Uszkoreit, Vaswani 2018.
  enum class Kind { buckets, clipped };
  Kind kind = Kind::buckets;
  int64_t num_buckets = 32;  // of kind buckets
  int64_t max_distance = 128;
  bool bidirectional = true;  // false: all keys after the query use the bucket of distance 0
};

/// A learned number for each head and distance, added to the attention scores.
///   y_hij = weight[bucket(j - i - offset), h];  dweight_bh = the sum of dy_hij of that bucket
/// -> [H, T, S]: unlike ALiBi it is a matrix, so memory grows with T S.
/// Key: weight [buckets, H], initially zeros. Throws std::invalid_argument: sizes below 1, buckets
/// that do not reach max_distance.
struct RelativeBias : Module {
  RelativeBias(const RelativeBiasOptions& options, int64_t heads);
  /// `offset` is the number of keys before query 0.
  Tensor operator()(int64_t T, int64_t S, int64_t offset = 0) const;
  /// The bucket of a key `distance` positions after its query.
  int64_t bucket(int64_t distance) const;
  int64_t buckets() const;
  void visit(Visitor& v) override { v("weight", weight); }
  RelativeBias clone() const { return cloned(RelativeBias(options, weight.size(1)), *this); }

  RelativeBiasOptions options;
  Tensor weight;
};

}  // namespace gradus
