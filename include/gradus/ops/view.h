// SPDX-License-Identifier: MIT
// Views: other layouts of the same elements. They share storage and are differentiable for f32 and
// f64; any dtype is allowed. A view of x cannot be changed in place while x is tracked.
// At the end, the copies: contiguous, clone, tril, triu.
// Next: ops/join.h
#pragma once
#include <cstdint>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// The same elements, in row-major order, in another shape; one size may be -1 and is inferred.
///   dx = dy in the shape of x
/// x: any shape -> y: `shape`, with the same element count. A view if the strides of x allow it,
/// else a copy.
/// Throws std::invalid_argument: counts differ, two sizes of -1, or -1 if another size is 0.
Tensor reshape(const Tensor& x, const Shape& shape);

/// The axes in another order: y(i_order[0], i_order[1], ...) = x(i_0, i_1, ...).
///   dx = dy with the inverse permutation
/// x: [s_0, s_1, ...] -> y: [s_order[0], s_order[1], ...]; negative axes count from the right.
/// Throws std::invalid_argument: `order` is not a permutation of the axes.
Tensor permute(const Tensor& x, const Axes& order);

/// Two axes exchanged; dx = dy with the same two exchanged.
/// x: [2, 3, 4], axes 0 and -1 -> y: [4, 3, 2].
/// Throws std::invalid_argument: axis out of range.
Tensor transpose(const Tensor& x, int a, int b);

/// Elements start, start + step, ... below `end` of an axis, like Python's x[start:end:step].
///   dx = dy at those positions, 0 elsewhere
/// x: [.., n, ..] -> y: [.., ceil((end - start) / step), ..]. Negative start and end count from
/// the right; both are then clamped to 0..n, so a slice may be empty.
/// Throws std::invalid_argument: axis out of range, step < 1.
Tensor slice(const Tensor& x, int axis, int64_t start, int64_t end = INT64_MAX, int64_t step = 1);

/// `length` elements of an axis from `start`; a negative start counts from the right.
///   dx = dy at those positions, 0 elsewhere
/// Throws std::invalid_argument: axis out of range, start + length beyond the axis.
Tensor narrow(const Tensor& x, int axis, int64_t start, int64_t length);

/// Selects one index of an axis and removes the axis; negative indices count from the right.
///   dx = dy at that index, 0 elsewhere
/// x: [2, 3, 4], axis 1 -> y: [2, 4].
/// Throws std::invalid_argument: axis or index out of range.
Tensor select(const Tensor& x, int axis, int64_t index);

/// Removes an axis of size 1; an axis of any other size is kept.
/// x: [2, 1, 3], axis 1 -> y: [2, 3]. Throws std::invalid_argument: axis out of range.
Tensor squeeze(const Tensor& x, int axis);

/// Inserts a new axis of size 1, which becomes `axis` of the result: -rank - 1 to rank.
/// x: [2, 3], axis 1 -> y: [2, 1, 3]. Throws std::invalid_argument: axis out of range.
Tensor unsqueeze(const Tensor& x, int axis);

/// Repeats axes of size 1 and adds leading axes, without copying: their stride is 0.
///   dx = sum of dy over the repeats
/// x: [3, 1] -> y: `shape`, for example [2, 3, 4]; -1 keeps the size of x.
/// Throws std::invalid_argument: a size of x is neither 1 nor that of `shape`, -1 for a new axis.
Tensor expand(const Tensor& x, const Shape& shape);

/// The same without -1: binary ops use it to bring their arguments to one shape.
/// Its adjoint is sum_to (ops/reduce.h).
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// Merges axes start to end, both included, into one.
/// x: [2, 3, 4], 1 to -1 -> y: [2, 12]; a scalar -> [1].
/// Throws std::invalid_argument: axis out of range, start after end.
Tensor flatten(const Tensor& x, int start = 0, int end = -1);

/// x itself if it is row-major without gaps, else a copy that is; dx = dy.
Tensor contiguous(const Tensor& x);

/// A row-major copy in new memory; dx = dy.
Tensor clone(const Tensor& x);

/// The lower triangle of the last two axes: y_ij = x_ij where j <= i + diagonal, else 0.
///   dx_ij = dy_ij where j <= i + diagonal, else 0
/// x: [.., rows, cols] -> y: the same. Throws std::invalid_argument: fewer than two axes.
Tensor tril(const Tensor& x, int64_t diagonal = 0);

/// The upper triangle: y_ij = x_ij where j >= i + diagonal, else 0.
Tensor triu(const Tensor& x, int64_t diagonal = 0);

}  // namespace gradus
