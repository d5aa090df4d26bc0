// SPDX-License-Identifier: MIT
// The range of axes, and where they are labelled.
#include "tools/draw/axis.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace gradus::tools {
namespace {

void see(Axis& axis, double v) {
  axis.low = std::min(axis.low, axis.scaled(v));
  axis.high = std::max(axis.high, axis.scaled(v));
}

std::vector<double> powers(double low, double high) {
  const double first = std::ceil(std::log10(low) - 1e-9),
               last = std::floor(std::log10(high) + 1e-9);
  const double every = std::max(1.0, std::ceil((last - first) / 8));
  std::vector<double> all;
  for (double e = first; e <= last; e += every) all.push_back(std::pow(10, e));
  if (all.size() > 2) return all;
  all.clear();  // less than two decades: 1, 2 and 5 of each
  for (double e = first - 1; e <= last; ++e)
    for (double m : {1.0, 2.0, 5.0}) {
      const double v = m * std::pow(10, e);
      if (v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9)) all.push_back(v);
    }
  return all;
}

}  // namespace

Axes axes_of(const LineChart& c, double margin) {
  Axes a{{c.log_x}, {c.log_y}};
  for (const LineChart::Line& line : c.lines)
    for (size_t i = 0; i < line.x.size(); ++i)
      if (drawable(line.x[i], c.log_x) && drawable(line.y[i], c.log_y)) {
        see(a.x, line.x[i]);
        see(a.y, line.y[i]);
      }
  if (!std::isfinite(a.x.low)) a.x.low = a.x.high = a.y.low = a.y.high = 0;  // nothing to draw
  const bool zero = c.from_zero && !c.log_y && a.y.low >= 0;
  if (zero) a.y.low = 0;
  for (Axis* axis : {&a.x, &a.y})
    if (!(axis->high > axis->low)) axis->high = axis->low + 1;
  const double across = margin * (a.x.high - a.x.low), up = margin * (a.y.high - a.y.low);
  a.x.low -= across;
  a.x.high += across;
  a.y.high += up;
  if (!zero) a.y.low -= up;
  return a;
}

std::vector<double> ticks(double low, double high, bool log, int64_t count) {
  if (log) return powers(low, high);
  const double raw = (high - low) / static_cast<double>(std::max<int64_t>(count, 1));
  const double power = std::pow(10, std::floor(std::log10(raw)));
  const double step = power * (raw / power <= 1   ? 1
                               : raw / power <= 2 ? 2
                               : raw / power <= 5 ? 5
                                                  : 10);
  std::vector<double> all;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k)
    all.push_back(k == 0 ? 0 : k * step);
  return all;
}

std::string short_number(double v) {
  char out[32];
  std::snprintf(out, sizeof out, "%.3g", v == 0 ? 0.0 : v);
  if (std::abs(v) >= 999.5 && std::abs(v) < 1e6)  // 1000, not 1e+03
    std::snprintf(out, sizeof out, "%.0f", std::strtod(out, nullptr));
  return out;
}

}  // namespace gradus::tools
