// SPDX-License-Identifier: MIT
// What a model says must be numbers before anything is made of it: a class, a rank, a figure.
// Next: train/text_metrics.h
#pragma once
#include <functional>
#include <string>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Throws std::runtime_error where a value of x [N, ...] is NaN or infinite. `name` says what a row
/// is, for the message: "series c5: the model's answer is nan; ...".
void check_answers(const Tensor& x, const std::function<std::string(int64_t row)>& name);
/// The same where the rows have no names: "text 3: ...", counted from 1 + `first`.
void check_answers(const Tensor& x, const char* row, int64_t first = 0);

}  // namespace gradus
