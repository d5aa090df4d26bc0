// SPDX-License-Identifier: MIT
// Embedding: looks up a vector for each id.
// Next: ops/dropout.h
#pragma once
#include <optional>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Row ids[i] of a table, for each i.
///   y_i = w[ids_i], or zeros where ids_i is padding_idx
///   dw[v] = sum of dy_i over all i with ids_i = v, in the order of i; zeros for padding_idx
/// ids: [...] of i64, weight: [V, C] -> y: [..., C]; f32, f64. Saves the ids.
/// padding_idx (negative values count from V) embeds to zeros regardless of its row, so that
/// forward and gradient agree; PyTorch returns the row.
/// Throws std::invalid_argument: an id outside 0..V-1 (the message gives its value, its position
/// and V), a padding_idx outside -V..V-1, wrong dtypes or ranks.
/// Source: Bengio, Ducharme, Vincent and Jauvin 2003, "A neural probabilistic language model".
Tensor embedding(const Tensor& ids, const Tensor& weight, std::optional<int64_t> padding_idx = {});

}  // namespace gradus
