// SPDX-License-Identifier: MIT
// How a check describes what it found, as a teacher would.
#pragma once
#include "check/exercise/exercise.h"
#include "gradus/check/diagnosis.h"

namespace gradus::exercise {

/// "x f64 [3, 4], numbers 1".
std::string inputs_text(const Exercise& e, const Example& example);
/// "example [3, 4], axis 1: x f64 [3, 4], numbers 1\n", with the values if they are few.
std::string described(const Exercise& e, const Example& example);

/// The worst element of the first result that differs, over one or two lines, or "".
std::string difference(std::span<const Tensor> mine, std::span<const Tensor> right,
                       double tolerance);
/// The same for gradients that a report rejects.
std::string gradient_difference(const Exercise& e, const Example& example,
                                const DiagnosedReport& d);

/// What the difference looks like, or "".
std::string result_pattern(const Tensors& mine, const Tensors& right, const Example& example);
std::string gradient_pattern(const Exercise& e, const Example& example, const DiagnosedReport& d);
/// The two opinions on a mistake as lines: a known wrong version, and the pattern of the numbers.
std::string looks_like(const std::string& known, const std::string& pattern);

}  // namespace gradus::exercise
