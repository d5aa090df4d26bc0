// SPDX-License-Identifier: MIT
// The comparison inside gradcheck(), for callers that have the gradient already.
#pragma once
#include "gradus/autograd/gradcheck.h"

namespace gradus {

/// Compares `analytic`, the gradient of input `which` under `cotangents`, with the five-point
/// difference at each element. The entry has the numbers of the worst element, and no name.
GradcheckEntry compare_gradient(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                                size_t which, const std::vector<Tensor>& cotangents,
                                const Tensor& analytic, const GradcheckOptions& options);

}  // namespace gradus
