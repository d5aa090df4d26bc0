// SPDX-License-Identifier: MIT
// One step of Adam in numbers, for the optimisers that take it.
#pragma once
#include "gradus/optim/adam.h"
#include "kernels/adam.h"

namespace gradus {

/// Throws std::invalid_argument in the name of `op` for a setting out of range.
void check_adam(const char* op, const AdamOptions& o);
/// The numbers of step t = 1, 2, ...
kernels::AdamStep adam_step(const AdamOptions& o, double lr, int64_t t);

}  // namespace gradus
