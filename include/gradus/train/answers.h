// SPDX-License-Identifier: MIT
// Checks that model outputs are finite before they become classes, ranks or metrics.
// Next: train/text_metrics.h
#pragma once
#include <functional>
#include <string>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Throws std::runtime_error if a value of x [N, ...] is NaN or infinite. `name` names a row in the
/// message: "series c5: the model's answer is nan; ...".
void check_answers(const Tensor& x, const std::function<std::string(int64_t row)>& name);
/// The same for rows without names: "text 3: ...", counted from 1 + `first`.
void check_answers(const Tensor& x, const char* row, int64_t first = 0);

}  // namespace gradus
