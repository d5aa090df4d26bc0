// SPDX-License-Identifier: MIT
// Plots for the terminal.
// Next: train/metrics.h
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// A heat map of values from 0 to 1, one line per row, darker for larger values, with labels and
/// the position and value of each row's maximum. Uses shades in a UTF-8 locale, else letters.
///   weights: [rows, cols], with a label for each; labels are truncated to 8 columns
///   darkest: the value drawn darkest
std::string heat_map(const Tensor& weights, const std::vector<std::string>& row_labels,
                     const std::vector<std::string>& col_labels, double darkest = 1);

/// `width` equal characters, denser for larger values, from 0 to 1.
std::string shade(double value, size_t width);
/// A text truncated or padded to `width` columns, with the blanks after it, or before if `right`.
std::string padded(std::string_view text, size_t width, bool right = false);

/// A bar of `width` characters, filled from the left by |value| / largest.
std::string bar(double value, double largest, size_t width = 16);

/// Whether the terminal supports UTF-8, according to LC_ALL, LC_CTYPE or LANG.
bool utf8_terminal();

}  // namespace gradus
