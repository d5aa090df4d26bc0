// SPDX-License-Identifier: MIT
// Private to ops/: shared by the files of losses.
#pragma once
#include "gradus/ops/loss.h"

namespace gradus {

inline void check_reduction(const char* op, Reduction reduction) {
  if (reduction == Reduction::batchmean)
    argument_error({op, ": reduction batchmean is for kl_div; expected none, mean or sum"});
}

}  // namespace gradus
