// SPDX-License-Identifier: MIT
// Attention masks: Mask, and softmax under a mask.
// Next: ops/attention.h
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Defines for each sample b, head h, query i and key j whether i may attend to j. A value type;
/// combine masks with & and |:
///   Mask::causal() & Mask::padding({3, 5})
/// Causal, padding and window masks store no matrix, and attention skips what they hide.
/// Tensors may be [T, S], [B, T, S] or [B, H, T, S]; sizes of 1 are broadcast. They are copied.
class Mask {
 public:
  /// Hides nothing.
  Mask() = default;
  /// Query i sees keys 0..i; rows and columns are aligned at the top left, even if T != S.
  static Mask causal() { return causal_offset(0); }
  /// Query i sees keys 0..i + n: after n cached keys, query 0 is at position n.
  static Mask causal_offset(int64_t n);
  /// Query i sees keys i + offset - before .. i + offset + after; combined with causal() a sliding
  /// window of before + 1 keys. offset as in causal_offset(). Throws if before or after is < 0.
  /// Source: Child et al. 2019, Beltagy, Peters, Cohan 2020.
  static Mask window(int64_t before, int64_t after, int64_t offset = 0);
  /// Sample b has keys 0..lengths[b] - 1. lengths: [B], or a single one for all samples.
  static Mask padding(const std::vector<int64_t>& lengths);
  static Mask padding(const Tensor& lengths);
  /// Boolean, true = may attend (as in PyTorch's scaled_dot_product_attention).
  static Mask allowed(const Tensor& mask);
  /// Boolean, true = hidden (as in PyTorch's MultiheadAttention).
  static Mask hidden(const Tensor& mask);
  /// Floats added to the scores, 0 = may attend, -inf = hidden. Any other value throws
  /// std::invalid_argument: a bias is not a mask.
  static Mask additive(const Tensor& mask);

  /// May attend where both allow it. Throws std::invalid_argument if sizes differ.
  friend Mask operator&(const Mask& a, const Mask& b);
  /// May attend where either allows it.
  friend Mask operator|(const Mask& a, const Mask& b);

  bool hides_nothing() const;
  /// Whether it has a window, a matrix or alternatives: more than lengths and causality.
  bool hides_single_keys() const;
  bool allows(int64_t b, int64_t h, int64_t i, int64_t j) const;
  /// Boolean [B, H, T, S], true = may attend.
  Tensor dense(int64_t B, int64_t H, int64_t T, int64_t S) const;
  /// Boolean [B, H, T], true for a query that may attend to nothing: attention gives it 0.
  Tensor empty_rows(int64_t B, int64_t H, int64_t T, int64_t S) const;
  /// "causal & padding of lengths [3, 5]".
  std::string str() const;
  /// One line per query, one character per key: # allowed, . hidden.
  std::string picture(int64_t T, int64_t S, int64_t b = 0, int64_t h = 0) const;
  /// "query 1 cannot see key 3: causal, which allows keys up to 1".
  std::string why(int64_t b, int64_t h, int64_t i, int64_t j) const;
  /// Throws "op: ..." unless the mask fits scores of these sizes.
  void check(const char* op, int64_t B, int64_t H, int64_t T, int64_t S) const;

  /// All parts that are present must allow.
  struct Parts {
    bool causal = false;
    int64_t offset = 0;   // offset of a causal mask
    bool window = false;  // key j of query i: low <= j - i <= high
    int64_t low = 0, high = 0;
    Tensor lengths{};  // i64 [B] or [1]
    Tensor allowed{};  // boolean, four axes
  };
  const Parts& parts() const { return parts_; }
  /// The same mask for scores of these sizes, as parts only: alternatives become a matrix.
  Mask resolved(int64_t B, int64_t H, int64_t T, int64_t S) const;

 private:
  using Pair = std::pair<Mask, Mask>;
  std::string reason(int64_t b, int64_t h, int64_t i, int64_t j) const;

  Parts parts_;
  std::vector<std::shared_ptr<const Pair>> either_;  // at least one of each pair must allow
};

/// softmax over the last axis among the keys that `mask` allows; hidden scores are never read.
///   y_j = exp(x_j - m) / sum over allowed k of exp(x_k - m), m their maximum; hidden: y_j = 0
///   dx_j = y_j (dy_j - sum_k dy_k y_k); hidden: exactly 0
/// x: [T, S], [B, T, S] or [B, H, T, S] (more leading axes count as B) -> y: the same; f32, f64.
/// Saves y. A row without an allowed key, or whose allowed scores are all -inf, gives 0.
/// Throws std::invalid_argument: a mask of other sizes, dtype, a scalar x.
Tensor masked_softmax(const Tensor& x, const Mask& mask);

}  // namespace gradus
