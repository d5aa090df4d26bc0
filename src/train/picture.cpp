// SPDX-License-Identifier: MIT
// Plots for the terminal.
#include "gradus/train/picture.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "data/unicode.h"

namespace gradus {
namespace {

size_t widest(const std::vector<std::string>& labels) {
  size_t width = 1;
  for (const std::string& label : labels) {
    const auto columns = static_cast<size_t>(unicode::columns(label));
    width = std::max(width, columns);
  }
  return std::min<size_t>(width, 8);
}

}  // namespace

std::string padded(std::string_view text, size_t width, bool right) {
  const std::string kept(unicode::fitting(text, static_cast<int64_t>(width)));
  const std::string blanks(width - static_cast<size_t>(unicode::columns(kept)), ' ');
  return right ? blanks + kept : kept + blanks;
}

std::string shade(double value, size_t width) {
  static const char* const fine[] = {" ", "░", "▒", "▓", "█"};
  static const char* const plain[] = {" ", ".", "+", "*", "#"};
  const auto level = static_cast<size_t>(std::clamp(value * 5, 0.0, 4.0));
  std::string out;
  for (size_t i = 0; i < width; ++i) out += (utf8_terminal() ? fine : plain)[level];
  return out;
}

bool utf8_terminal() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    const std::string_view v = value;
    return v.find("UTF-8") != v.npos || v.find("utf8") != v.npos;
  }
  return false;
}

std::string bar(double value, double largest, size_t width) {
  const double share = largest > 0 ? std::clamp(std::abs(value) / largest, 0.0, 1.0) : 0;
  const auto filled = static_cast<size_t>(std::lround(share * static_cast<double>(width)));
  std::string out;
  for (size_t i = 0; i < filled; ++i) out += utf8_terminal() ? "█" : "#";
  return out + std::string(width - filled, ' ');
}

std::string heat_map(const Tensor& weights, const std::vector<std::string>& row_labels,
                     const std::vector<std::string>& col_labels, double darkest) {
  const size_t rows = row_labels.size(), cols = col_labels.size();
  if (weights.dim() != 2 || weights.size(0) != static_cast<int64_t>(rows) ||
      weights.size(1) != static_cast<int64_t>(cols))
    argument_error(
        {"heat_map: weights ", weights.shape(), " for ", rows, " and ", cols, " labels"});
  const std::vector<double> w = weights.to_vector<double>();
  const size_t left = widest(row_labels), cell = std::max<size_t>(2, widest(col_labels));
  std::string out = std::string(left + 2, ' ');
  for (const std::string& label : col_labels) out += padded(label, cell) + " ";
  out += "\n";
  for (size_t r = 0; r < rows; ++r) {
    out += padded(row_labels[r], left, true) + "  ";
    size_t top = 0;
    for (size_t c = 0; c < cols; ++c) {
      out += shade(w[r * cols + c] / darkest, cell) + " ";
      if (w[r * cols + c] > w[r * cols + top]) top = c;
    }
    char note[64];
    std::snprintf(note, sizeof note, " %.2f", cols ? w[r * cols + top] : 0);
    out += padded(cols ? col_labels[top] : "", cell, true) + note + "\n";
  }
  return out;
}

}  // namespace gradus
