// SPDX-License-Identifier: MIT
// Sums of products, written with a letter for each axis.
// Next: ops/softmax.h
#pragma once
#include <span>
#include <string>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Einstein's convention: einsum("bik,bkj->bij", {a, b}) is a batch of matrix products.
///   y[output letters] = sum over the other letters of the product of all operands
/// One group of letters an operand, with commas between them; a letter that stands twice in a group
/// takes the diagonal; "..." stands for all further axes, which are broadcast, as are sizes of 1.
/// Without "->" the output has the letters that stand once, in order of the alphabet. f32, f64.
/// Made of permute, reshape, sum and matmul, which hold its gradient.
/// Throws std::invalid_argument: a sign that is no letter, another number of groups than operands
/// or of letters than axes, sizes that differ, an output letter that is unknown or stands twice.
/// Source: Einstein 1916; the spelling is numpy's.
Tensor einsum(const std::string& equation, std::span<const Tensor> operands);
inline Tensor einsum(const std::string& equation, std::initializer_list<Tensor> operands) {
  return einsum(equation, std::span<const Tensor>(operands.begin(), operands.size()));
}

}  // namespace gradus
