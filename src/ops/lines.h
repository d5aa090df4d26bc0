// SPDX-License-Identifier: MIT
// Private to ops/: an array arranged for a reduction, so that kernels see [outer, n, inner].
#pragma once
#include "gradus/tensor/tensor.h"
#include "kernels/reduce.h"

namespace gradus {

struct Arranged {
  Tensor x;              // row-major, axes in `order`
  Axes order;            // empty: as they were
  kernels::Lines lines;  // line number = row-major index of the axes that stay

  /// A tensor made in the arrangement of x, back in the order of the axes before.
  Tensor restored(const Tensor& arranged) const;
};

/// Without a copy where the reduced axes stand together, or x is the permutation of such an array
/// with them in front or at the end. `axes` are checked; the order among them may change.
Arranged arranged(const Tensor& x, const Axes& axes);

/// The order that takes a permutation back: axis order[i] of x is axis i of the permuted x.
Axes inverse_of(const Axes& order);

/// The shape with the axes reduced to 1, or without them.
Shape reduced_shape(const Shape& shape, const Axes& axes, bool keepdim);

/// A result of a reduction, seen in the shape of what was reduced. `kept` as reduced_shape() with
/// keepdim.
Tensor spread(const Tensor& y, const Shape& kept, const Shape& shape);

}  // namespace gradus
