// SPDX-License-Identifier: MIT
// Rotary position embedding.
// Next: ops/recurrent.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// Which elements of a head form a pair: (2 i, 2 i + 1), as in the paper, or (i, i + D / 2), as in
/// GPT-NeoX and LLaMA. Weights trained with one convention do not work with the other.
enum class RopePairs { interleaved, half };

struct RopeOptions {
  double base = 10000;
  RopePairs pairs = RopePairs::interleaved;
  int64_t first = 0;  // the position of the first step: n after n cached steps
};

/// Rotates pair i of step t by the angle (first + t) base^(-2 i / D). The dot product of rotated
/// queries and keys depends on their positions only through the distance.
///   (a, b) -> (a cos - b sin, a sin + b cos);  the gradient is rotated by the negative angle
/// x: [.., T, D], D even -> y: the same; f32, f64. Saves the cosines and sines, [T, D / 2].
/// Throws std::invalid_argument: fewer than two axes, an odd D, base <= 0, first < 0.
/// Source: Su et al. 2021, "RoFormer", equation 34.
Tensor rope(const Tensor& x, const RopeOptions& options = {});

}  // namespace gradus
