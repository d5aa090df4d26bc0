// SPDX-License-Identifier: MIT
// Time and memory of attention: with the full matrix of weights, in tiles without it, and linear.
#pragma once
#include "gradus/ops/linear_attention.h"
#include "gradus/ops/mask.h"

namespace gradus::tools {

enum class AttentionKind { matrix, tiles, linear };

struct AttentionSetup {
  int64_t heads = 2, width = 32;
  Mask mask{};
  FeatureMap feature_map = FeatureMap::elu;
  int64_t repeats = 5;  // repeats of a measurement; the fastest is reported
  uint64_t seed = 0;
};

/// The output [1, heads, T, width]. `matrix` composes basic ops and holds all weights.
Tensor attend(const AttentionSetup& setup, AttentionKind kind, const Tensor& q, const Tensor& k,
              const Tensor& v);

struct AttentionCost {
  double milliseconds = 0;  // forward and backward: the fastest run
  double mb = 0;            // peak above queries, keys, values and the incoming gradient
  double gap = 0;           // |y - exact y| / |exact y|, exact: with softmax
};
/// For random queries, keys and values of one length.
AttentionCost attention_cost(const AttentionSetup& setup, AttentionKind kind, int64_t length);

}  // namespace gradus::tools
