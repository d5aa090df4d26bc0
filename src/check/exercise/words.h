// SPDX-License-Identifier: MIT
// How a check describes what it found, as a teacher would.
#pragma once
#include "check/exercise/exercise.h"
#include "gradus/check/diagnosis.h"

namespace gradus::exercise {

/// The name of an input: "bias".
std::string input_name(const Exercise& e, size_t input);
/// "around 1000: x f64 [3, 4]; axis = 1"; a label that repeats the shape is left out.
std::string example_text(const Exercise& e, const Example& example);
bool without_elements(const Example& example);
/// "example x f64 [3, 4]; axis = 1\n", with the values if they are few.
std::string described(const Exercise& e, const Example& example);
/// The gradients of the results that a check uses, if their elements are few: "  dy = [1, 2]\n".
std::string cotangents_text(const Tensors& results);

/// What an error that ended the function means, and what to do about it.
std::string error_words(const std::exception& error);
std::string error_next(const std::exception& error, bool without_elements = false);
/// What to do about a wrong result or gradient; "" if the formula itself is what to check.
std::string result_next(const Tensors& mine, const Tensors& right);
std::string gradient_next(const Exercise& e, const Example& example, const DiagnosedReport& d);

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
