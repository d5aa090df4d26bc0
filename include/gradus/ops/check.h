// SPDX-License-Identifier: MIT
// Argument checks of public functions, run before any work.
#pragma once
#include <optional>

#include "gradus/tensor/tensor.h"

namespace gradus {

namespace detail {
[[noreturn]] void not_float(const char* op, const char* what, const Tensor& x);
[[noreturn]] void other_dtype(const char* op, const char* what, const Tensor& x,
                              const char* like_what, const Tensor& like);
}  // namespace detail

/// Throws "op: x is i64 [3]; expected f32 or f64" unless x is defined and f32 or f64.
inline void check_float(const char* op, const char* what, const Tensor& x) {
  if (!x.defined() || !is_float(x.dtype())) [[unlikely]]
    detail::not_float(op, what, x);
}
/// Throws "op: weight is f64, x is f32; expected one dtype" unless x has the dtype of `like`.
inline void check_same_dtype(const char* op, const char* what, const Tensor& x,
                             const char* like_what, const Tensor& like) {
  if (!x.defined() || x.dtype() != like.dtype()) [[unlikely]]
    detail::other_dtype(op, what, x, like_what, like);
}
/// Throws unless x has this dtype (i64 or boolean).
void check_dtype(const char* op, const char* what, const Tensor& x, DType dtype);
/// Throws "op: id 12 at position [1, 3] is out of range for a vocabulary of 10" (`what` is "id",
/// `of` is "a vocabulary of") unless all i64 elements are in 0..size-1 or equal `except`.
void check_indices(const char* op, const char* what, const Tensor& ids, int64_t size,
                   const char* of, std::optional<int64_t> except = {});
/// For an argument without gradient: throws if it is tracked while gradients are on, because its
/// gradient would silently be lost.
void check_constant(const char* op, const char* what, const Tensor& x);

}  // namespace gradus
