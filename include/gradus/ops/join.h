// SPDX-License-Identifier: MIT
// Joining and splitting tensors, by position and by index. Any dtype, the same for all arguments;
// f32 and f64 are differentiable. An index is an i64 tensor with values from 0 to n - 1, where n
// is the size of the axis: other values throw std::invalid_argument with the value, its position
// and n. Negative indices are rejected, as in PyTorch.
// Next: ops/reduce.h
#pragma once
#include <initializer_list>
#include <span>
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

/// Concatenates tensors along an axis; dx_k = the slice of dy that x_k fills.
/// x_k: [.., n_k, ..], equal but for that axis -> y: [.., n_0 + n_1 + ..., ..].
/// Throws std::invalid_argument: no tensors, dtypes or other sizes differ, axis out of range.
Tensor cat(std::span<const Tensor> parts, int axis = 0);
Tensor cat(std::initializer_list<Tensor> parts, int axis = 0);

/// Joins tensors of equal shape along a new axis, which becomes `axis` of the result.
/// K tensors x_k: [2, 3], axis 1 -> y: [2, K, 3]; dx_k = dy at index k. Throws like cat().
Tensor stack(std::span<const Tensor> parts, int axis = 0);
Tensor stack(std::initializer_list<Tensor> parts, int axis = 0);

/// Splits the axis into pieces of `size`; the last one may be shorter. Views of x.
///   dx = the concatenated dy_k, 0 for unused pieces
/// Throws std::invalid_argument: size < 1, axis out of range.
Tensors split(const Tensor& x, int64_t size, int axis = 0);
/// Splits the axis into at most eight pieces of these sizes, which must sum to the axis size.
Tensors split(const Tensor& x, const Dims& sizes, int axis = 0);

/// One view per index of an axis, which is removed: x: [2, K, 3], axis 1 -> K views y_k: [2, 3].
///   dx = the dy_k at index k, 0 for unused ones
Tensors unbind(const Tensor& x, int axis = 0);

/// Picks elements along one axis by index; for 3 axes and axis 1:
///   y(i, j, k) = x(i, index(i, j, k), k);  dx(i, index(i, j, k), k) += dy(i, j, k)
/// x and index: equal rank, index no longer than x except along the axis -> y: shape of the index.
/// An element picked more than once gets the sum, added in the order of j. Saves the index.
Tensor gather(const Tensor& x, int axis, const Tensor& index);

/// A copy of x with src written to the indexed positions; for 3 axes and axis 1:
///   y(i, index(i, j, k), k) = src(i, j, k)
///   dx = dy, 0 where overwritten;  dsrc = dy at the position written to
/// index: no longer than src, nor than x except along the axis. If several values go to one
/// position, the last one is kept and only it gets the gradient. Saves the index.
Tensor scatter(const Tensor& x, int axis, const Tensor& index, const Tensor& src);

/// Adds instead of overwriting: y = x, then y(i, index(i, j, k), k) += src(i, j, k) in order of j.
///   dx = dy;  dsrc(i, j, k) = dy(i, index(i, j, k), k)
/// f32, f64, i64.
Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& src);

/// Selects indices of an axis, in any order and with repetitions: index [m], axis 1 ->
///   y(i, j, k) = x(i, index(j), k);  dx(i, index(j), k) += dy(i, j, k)
/// x: [.., n, ..] -> y: [.., m, ..]. Saves the index.
Tensor index_select(const Tensor& x, int axis, const Tensor& index);
Tensor index_select(const Tensor& x, int axis, const std::vector<int64_t>& index);

}  // namespace gradus
