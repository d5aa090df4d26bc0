// SPDX-License-Identifier: MIT
// The axes of a line chart: their range, and the position of a value on them.
#pragma once
#include <cmath>

#include "tools/draw/chart.h"

namespace gradus::tools {

inline bool drawable(double v, bool log) { return std::isfinite(v) && (!log || v > 0); }

struct Axis {
  bool log;
  double low = INFINITY, high = -INFINITY;  // of scaled values

  double scaled(double v) const { return log ? std::log10(v) : v; }
  /// The position of a value, from 0 to 1.
  double share(double v) const { return (scaled(v) - low) / (high - low); }
  double at(double share) const {
    const double v = low + share * (high - low);
    return log ? std::pow(10, v) : v;
  }
};
struct Axes {
  Axis x, y;
};

/// The area of a chart between its axes, and the axes.
struct LinePlot {
  Box box;
  Axes axes;
};
LinePlot line_plot(const LineChart& chart);

/// Axes that cover all drawable points, with `margin` of the range free around the lines: on both
/// sides, and above and, unless the axis starts at 0, below them.
Axes axes_of(const LineChart& chart, double margin = 0);

}  // namespace gradus::tools
