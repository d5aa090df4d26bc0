// SPDX-License-Identifier: MIT
// Putting tensors together and taking them apart, by position and by index. Any dtype, all
// arguments of one; f32 and f64 are differentiated. An index is an i64 tensor with values from 0
// to n - 1, where n is the size of the axis: anything else throws std::invalid_argument with the
// value, its place and n. Negative indices are refused, as PyTorch does.
// Next: ops/reduce.h
#pragma once
#include <initializer_list>
#include <span>
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

/// Tensors one after the other along an axis; dx_k = the slice of dy that x_k fills.
/// x_k: [.., n_k, ..], equal but for that axis -> y: [.., n_0 + n_1 + ..., ..].
/// Throws std::invalid_argument: no tensors, dtypes or other sizes differ, axis out of range.
Tensor cat(std::span<const Tensor> parts, int axis = 0);
Tensor cat(std::initializer_list<Tensor> parts, int axis = 0);

/// Tensors of one shape along a new axis, which stands at `axis` of the result.
/// K times x_k: [2, 3], axis 1 -> y: [2, K, 3]; dx_k = dy at index k. Throws as cat().
Tensor stack(std::span<const Tensor> parts, int axis = 0);
Tensor stack(std::initializer_list<Tensor> parts, int axis = 0);

/// The axis cut into pieces of `size`, the last one shorter where it does not divide. Views of x.
///   dx = the dy_k one after the other, 0 for pieces that nobody used
/// Throws std::invalid_argument: size < 1, axis out of range.
Tensors split(const Tensor& x, int64_t size, int axis = 0);
/// The axis cut into at most eight pieces of these sizes, whose sum must be that of the axis.
Tensors split(const Tensor& x, const Dims& sizes, int axis = 0);

/// All indices of an axis, each without it: x: [2, K, 3], axis 1 -> K views y_k: [2, 3].
///   dx = the dy_k at index k, 0 for those that nobody used
Tensors unbind(const Tensor& x, int axis = 0);

/// Along one axis, the element that the index names; on 3 axes and axis 1:
///   y(i, j, k) = x(i, index(i, j, k), k);  dx(i, index(i, j, k), k) += dy(i, j, k)
/// x and index: of one rank, index no longer than x but along the axis -> y: shape of the index.
/// An element named twice gets the sum, added up in the order of j. Saves the index.
Tensor gather(const Tensor& x, int axis, const Tensor& index);

/// A copy of x in which src stands where the index says; on 3 axes and axis 1:
///   y(i, index(i, j, k), k) = src(i, j, k)
///   dx = dy, 0 where overwritten;  dsrc = dy where it stands
/// index: no longer than src, and than x but along the axis. Of several values for one place the
/// last one stays, and it alone gets the gradient. Saves the index.
Tensor scatter(const Tensor& x, int axis, const Tensor& index, const Tensor& src);

/// The same, adding: y = x, then y(i, index(i, j, k), k) += src(i, j, k) in the order of j.
///   dx = dy;  dsrc(i, j, k) = dy(i, index(i, j, k), k)
/// f32, f64, i64.
Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& src);

/// Some indices of an axis, in any order and as often as wanted: index [m], axis 1 ->
///   y(i, j, k) = x(i, index(j), k);  dx(i, index(j), k) += dy(i, j, k)
/// x: [.., n, ..] -> y: [.., m, ..]. Saves the index.
Tensor index_select(const Tensor& x, int axis, const Tensor& index);
Tensor index_select(const Tensor& x, int axis, const std::vector<int64_t>& index);

}  // namespace gradus
