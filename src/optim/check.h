// SPDX-License-Identifier: MIT
// The check of a hyper-parameter.
#pragma once
#include <limits>

namespace gradus {

/// low <= value < below and finite, or std::invalid_argument "Adam: lr is nan; expected ...".
void check_setting(const char* op, const char* what, double value, double low = 0,
                   double below = std::numeric_limits<double>::infinity());

}  // namespace gradus
