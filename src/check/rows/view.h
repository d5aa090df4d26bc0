// SPDX-License-Identifier: MIT
// Helpers for the rows of views, joins and reductions.
#pragma once
#include <algorithm>

#include "check/op_table.h"

namespace gradus::check {

/// y = the element of input 0 at where(coordinates in y).
Reference mapped(const Shape& out, std::function<Dims(const Dims&)> where);
/// The elements of input 0 in another shape.
Reference same_order(const Shape& out);
/// Two axes, rows and columns, of an op on matrices: y = f(x), where element c of y is element
/// where(c) of x.
std::vector<Axis> matrix_axes(std::function<Tensor(const Tensor& x)> f,
                              std::function<Shape(const Shape& x)> out,
                              std::function<Dims(const Dims& y)> where);
/// The same for an op that keeps the order of elements.
std::vector<Axis> matrix_axes(std::function<Tensor(const Tensor& x)> f,
                              std::function<Shape(const Shape& x)> out);
/// A copy with changed elements.
Tensor edited(const Tensor& x, const std::function<void(double* v, int64_t n)>& change);
/// A copy with the elements in reverse order.
Tensor reversed(const Tensor& x);

/// slice, narrow, select, expand, broadcast_to.
Rows view_part_rows();
/// contiguous, clone, tril, triu.
Rows view_copy_rows();
/// gather, scatter, scatter_add, index_select.
Rows join_index_rows();

}  // namespace gradus::check
