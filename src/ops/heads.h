// SPDX-License-Identifier: MIT
// Queries, keys and values as heads: shared by attention and linear attention.
#pragma once
#include "gradus/tensor/tensor.h"
#include "kernels/heads.h"

namespace gradus {

/// [.., T, D] -> [B, H, T, D]: three axes mean one head, more than four are merged into B.
Shape with_heads(const Shape& s);

/// As four axes with rows that the kernel can read directly; copied if they are not contiguous.
Tensor as_heads(const Tensor& x);

/// New memory [B, H, T, width] in the layout of x: heads interleaved if those of x are.
Tensor empty_like_heads(const Tensor& x, int64_t width);

template <class T> kernels::Heads<const T> heads_of(const Tensor& x) {
  const Strides& s = x.strides();
  return {x.data<T>(), s[0], s[1], x.size(2) > 1 ? s[2] : std::max<int64_t>(1, x.size(3))};
}
template <class T> kernels::Heads<T> heads_to(Tensor& x) {
  if (!x.defined()) return {nullptr, 0, 0, 1};
  const kernels::Heads<const T> h = heads_of<T>(x);
  return {x.mutable_data<T>(), h.sample, h.head, h.row};
}

/// q, k and v with their leading axes broadcast; with grouped heads k and v keep their heads.
struct HeadInputs {
  Tensor q, k, v;
};
/// Throws std::invalid_argument if dtypes, shapes or heads do not match.
HeadInputs checked_heads(const char* op, const Tensor& q, const Tensor& k, const Tensor& v,
                         bool grouped);

/// The sizes of the result of checked_heads(), for values of this width.
kernels::AttentionSizes attention_sizes(const Tensor& q, const Tensor& k, int64_t values);

}  // namespace gradus
