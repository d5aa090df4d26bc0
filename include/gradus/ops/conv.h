// SPDX-License-Identifier: MIT
// One-dimensional convolution.
// Next: ops/embedding.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

struct Conv1dOptions {
  int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
  bool causal = false;  // pads only at the left, by dilation (K - 1): output t sees no later step
};

/// y[b, o, l] = bias[o] + sum over c, k of w[o, c, k] x[b, c, l stride - padding + k dilation],
/// where x is 0 outside; with groups, output channels read the inputs of their own group.
///   dx: each dy is added back along its taps;  dw[o, c, k] = sum over b, l of dy[b, o, l] times
///   the x it multiplied;  db[o] = sum over b, l of dy
/// x: [B, C, T], weight: [O, C / groups, K], bias: [O] or undefined -> y: [B, O, L],
/// L = (T + 2 padding - dilation (K - 1) - 1) / stride + 1; f32, f64. Saves x and weight.
/// Throws std::invalid_argument: sizes that do not match, an x shorter than the kernel, causal
/// combined with padding.
/// Source: LeCun et al. 1989; dilated: Yu, Koltun 2016.
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv1dOptions& options = {});

}  // namespace gradus
