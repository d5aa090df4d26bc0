// SPDX-License-Identifier: MIT
// Fills an existing tensor with random numbers: initial values of parameters.
// Next: autograd/rule.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// x_i = shift + scale u_i, u uniform in [0, 1) or standard normal. The numbers are those of rand()
/// and randn() in f64, rounded once to the dtype of x, so both dtypes get the same values. f32,
/// f64; in place, any size. Not tracked.
void fill_uniform(Tensor& x, Generator& gen, double shift, double scale);
void fill_normal(Tensor& x, Generator& gen, double shift, double scale);

}  // namespace gradus
