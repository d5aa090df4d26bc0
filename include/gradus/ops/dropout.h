// SPDX-License-Identifier: MIT
// Dropout: random zeros during training, so that units do not co-adapt.
// Next: ops/loss.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// Sets each element to 0 with probability p and divides the others by 1 - p, which preserves the
/// mean. Returns x if training = false or p = 0.
///   y_i = m_i x_i / (1 - p),  m_i = 1 with probability 1 - p, else 0
///   dx_i = m_i dy_i / (1 - p)
/// x: any shape -> y: the same; f32, f64. Saves the position of the draw in the sequence of `gen`,
/// no mask. Which elements are kept depends on the draw and their row-major index alone, not on
/// strides or threads; a dropped NaN becomes 0.
/// Throws std::invalid_argument: x that is not f32 or f64, p outside [0, 1].
/// Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               Generator& gen = default_generator());

}  // namespace gradus
