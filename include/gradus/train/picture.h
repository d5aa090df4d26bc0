// SPDX-License-Identifier: MIT
// Drawings for the terminal.
// Next: train/metrics.h
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// A matrix of values from 0 to 1, one row of it a line, darker where larger, with labels and the
/// place and value of each row's maximum. In shades where the locale is UTF-8, else in letters.
///   weights: [rows, cols], with as many labels; labels are cut after 8 columns.
///   darkest: the value that is drawn as dark as it goes
std::string heat_map(const Tensor& weights, const std::vector<std::string>& row_labels,
                     const std::vector<std::string>& col_labels, double darkest = 1);

/// `width` equal signs, with more ink the larger the value, from 0 to 1.
std::string shade(double value, size_t width);
/// As much of a text as fits into so many columns, and blanks behind it, or before.
std::string padded(std::string_view text, size_t width, bool right = false);

/// `width` signs, filled from the left by |value| / largest.
std::string bar(double value, double largest, size_t width = 16);

/// Whether the terminal takes UTF-8, by LC_ALL, LC_CTYPE or LANG.
bool utf8_terminal();

}  // namespace gradus
