// SPDX-License-Identifier: MIT
// Private to ops/: an array arranged for a reduction, so that kernels see [outer, n, inner].
#pragma once
#include "gradus/tensor/tensor.h"
#include "kernels/reduce.h"

namespace gradus {

struct Arranged {
  Tensor x;              // row-major, axes in `order`
  Axes order;            // empty: the original order
  kernels::Lines lines;  // line number = row-major index of the remaining axes

  /// Returns a tensor in the arrangement of x to the original axis order.
  Tensor restored(const Tensor& arranged) const;
};

/// Copies nothing if the reduced axes are adjacent, or x is a permutation of such an array with
/// them first or last. `axes` must be checked; their order may change.
Arranged arranged(const Tensor& x, const Axes& axes);

/// The inverse permutation: axis order[i] of x is axis i of the permuted x.
Axes inverse_of(const Axes& order);

/// The shape with the axes reduced to 1, or without them.
Shape reduced_shape(const Shape& shape, const Axes& axes, bool keepdim);

/// Broadcasts the result of a reduction to the reduced tensor's shape. `kept`: reduced_shape() with
/// keepdim.
Tensor spread(const Tensor& y, const Shape& kept, const Shape& shape);

}  // namespace gradus
