// SPDX-License-Identifier: MIT
// Random numbers into a tensor that is there already: first values of parameters.
// Next: autograd/rule.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// x_i = shift + scale u_i, u uniform in [0, 1) or standard normal: the numbers of rand() and
/// randn() in f64, rounded once to the dtype of x, so that both dtypes get the same. f32, f64;
/// works in place, whatever the size. Not tracked.
void fill_uniform(Tensor& x, Generator& gen, double shift, double scale);
void fill_normal(Tensor& x, Generator& gen, double shift, double scale);

}  // namespace gradus
