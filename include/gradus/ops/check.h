// SPDX-License-Identifier: MIT
// Checks at the door of public functions: before any work, in the caller's words.
#pragma once
#include <optional>

#include "gradus/tensor/tensor.h"

namespace gradus {

namespace detail {
[[noreturn]] void not_float(const char* op, const char* what, const Tensor& x);
[[noreturn]] void other_dtype(const char* op, const char* what, const Tensor& x,
                              const char* like_what, const Tensor& like);
}

/// x is defined and f32 or f64, or "op: x is i64 [3]; expected f32 or f64".
inline void check_float(const char* op, const char* what, const Tensor& x) {
  if (!x.defined() || !is_float(x.dtype())) [[unlikely]] detail::not_float(op, what, x);
}
/// x has the dtype of `like`, or "op: weight is f64, x is f32; expected one dtype".
inline void check_same_dtype(const char* op, const char* what, const Tensor& x,
                             const char* like_what, const Tensor& like) {
  if (!x.defined() || x.dtype() != like.dtype()) [[unlikely]]
    detail::other_dtype(op, what, x, like_what, like);
}
/// x is i64 (or boolean), or an error that says so.
void check_dtype(const char* op, const char* what, const Tensor& x, DType dtype);
/// i64 elements are in 0..size-1 or `except`, or
/// "op: id 12 at position [1, 3] is out of range for a vocabulary of 10", where what is "id" and
/// of "a vocabulary of".
void check_indices(const char* op, const char* what, const Tensor& ids, int64_t size,
                   const char* of, std::optional<int64_t> except = {});
/// An argument that the op gives no gradient for: tracked while gradients are on, it is an error,
/// since silence would lose a gradient.
void check_constant(const char* op, const char* what, const Tensor& x);

}  // namespace gradus
