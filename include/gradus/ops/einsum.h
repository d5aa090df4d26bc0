// SPDX-License-Identifier: MIT
// Sums of products in Einstein notation.
// Next: ops/softmax.h
#pragma once
#include <span>
#include <string>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Einstein summation: einsum("bik,bkj->bij", {a, b}) is a batch of matrix products.
///   y[output letters] = sum over the other letters of the product of all operands
/// The operands' letters are separated by commas; a letter repeated within an operand takes the
/// diagonal; "..." stands for all remaining axes, which are broadcast, as are sizes of 1.
/// Without "->" the output has the letters that occur once, in alphabetical order. f32, f64.
/// Composed of permute, reshape, sum and matmul, which supply the gradient.
/// Throws std::invalid_argument: a character that is not a letter, as many groups as operands or
/// letters as axes not given, sizes that differ, an output letter that is unknown or repeated.
/// Source: Einstein 1916; notation as in NumPy.
Tensor einsum(const std::string& equation, std::span<const Tensor> operands);
inline Tensor einsum(const std::string& equation, std::initializer_list<Tensor> operands) {
  return einsum(equation, std::span<const Tensor>(operands.begin(), operands.size()));
}

}  // namespace gradus
