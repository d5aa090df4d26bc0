// SPDX-License-Identifier: MIT
// Checks ops at the sizes of real models, where loops are split into tiles, strips and tasks and
// vectors have tails. Small samples cannot reveal faults there.
#pragma once
#include "check/op_table.h"

namespace gradus::check {

/// The lengths at which an axis is checked: for each of its constants n: n - 1, n, n + 1, and 2 n
/// plus a tail; and 127, 128, 129 and 261 unless the axis has few samples, so that lengths over 64,
/// 128 and 256 occur for any constants.
std::vector<int64_t> sizes_of(const Axis& axis);

/// The failures of the samples of a row's axes:
///   in f64 the outputs equal those of the reference, and the gradients agree with dual numbers
///   along a random direction, which depends on every element;
///   in f32 outputs are close to the reference and gradients to those in f64, per element;
///   three threads give the same bits as one;
///   for rows with matrix products, all of this holds with tiled products too (kernels/gemm.h).
/// Checks all samples, or stops at the first failure unless `all`.
std::vector<std::string> size_failures(const OpRow& row, uint64_t seed = 0, bool all = true);

}  // namespace gradus::check
