// SPDX-License-Identifier: MIT
// Ops at the sizes of real models: where loops are cut into tiles, strips and tasks, and where
// vectors have tails. A fault that only shows there lives through small samples.
#pragma once
#include "check/op_table.h"

namespace gradus::check {

/// The lengths that an axis is tried with: for each of its constants one below it, itself, one
/// above, and two and a tail; and 127, 128, 129 and 261 of an axis that can be as long, so that
/// lengths over 64, 128 and 256 are met whatever the constants are.
std::vector<int64_t> sizes_of(const Axis& axis);

/// What is wrong with the samples of a row's axes:
///   in f64 the outputs are those of the reference, and the gradients agree with dual numbers along
///   a random direction, which sees each element;
///   in f32 outputs are near the reference and gradients near those in f64, element by element;
///   three threads give the bits of one;
///   rows with products do the same when these are cut into tiles (kernels/gemm.h).
/// Of all samples, or until one fails.
std::vector<std::string> size_failures(const OpRow& row, uint64_t seed = 0, bool all = true);

}  // namespace gradus::check
