// SPDX-License-Identifier: MIT
// Converts a Mask to the form that kernels read.
#pragma once
#include "gradus/ops/mask.h"
#include "kernels/mask.h"

namespace gradus {

/// The view of a mask that is resolved() for s; valid during the lifetime of the mask.
inline kernels::MaskView view_of(const Mask& mask, const kernels::ScoreSizes& s) {
  const Mask::Parts& p = mask.parts();
  kernels::MaskView v{.keys = s.S,
                      .causal = p.causal,
                      .offset = p.offset,
                      .window = p.window,
                      .low = p.low,
                      .high = p.high};
  if (p.lengths.defined()) {
    v.lengths = p.lengths.data<int64_t>();
    v.length_stride = p.lengths.size(0) > 1 ? 1 : 0;
  }
  if (!p.allowed.defined()) return v;
  v.allowed = p.allowed.data<bool>();
  for (int axis = 0; axis < 4; ++axis)
    v.strides[axis] = p.allowed.size(axis) > 1 ? p.allowed.strides()[axis] : 0;
  return v;
}

}  // namespace gradus
