// SPDX-License-Identifier: MIT
// Line charts in the terminal, in ASCII.
#include <algorithm>
#include <cmath>

#include "tools/draw/axis.h"
#include "tools/draw/chart.h"

namespace gradus::tools {
namespace {

constexpr const char* marks = "ox+*#@%&";
char mark(size_t line) { return marks[line % 8]; }

// Draws all points and the straight lines between them.
std::vector<std::string> field(const LineChart& c, const Axes& a, int64_t width, int64_t height) {
  std::vector<std::string> rows(static_cast<size_t>(height),
                                std::string(static_cast<size_t>(width), ' '));
  const auto put = [&](double x, double y, char m) {
    const auto col = std::lround(x * static_cast<double>(width - 1));
    const auto row = std::lround((1 - y) * static_cast<double>(height - 1));
    char& cell = rows[static_cast<size_t>(row)][static_cast<size_t>(col)];
    if (m != '.' || cell == ' ') cell = m;
  };
  for (size_t l = c.lines.size(); l-- > 0;) {
    const LineChart::Line& line = c.lines[l];
    double x0 = NAN, y0 = NAN;
    for (size_t i = 0; i < line.x.size(); ++i) {
      if (!drawable(line.x[i], c.log_x) || !drawable(line.y[i], c.log_y)) continue;
      const double x = a.x.share(line.x[i]), y = a.y.share(line.y[i]);
      const auto between =
          std::isnan(x0) ? 0 : std::lround((x - x0) * 2 * static_cast<double>(width));
      for (long k = 1; k < between; ++k) {
        const double part = static_cast<double>(k) / static_cast<double>(between);
        put(x0 + part * (x - x0), y0 + part * (y - y0), '.');
      }
      put(x, y, mark(l));
      x0 = x;
      y0 = y;
    }
  }
  return rows;
}

}  // namespace

std::string drawn(const LineChart& c, int64_t width, int64_t height) {
  const Axes a = axes_of(c);
  std::string out = c.title + "\n" + c.y_axis + "\n";
  constexpr int64_t left = 9;
  const int64_t inner = std::max<int64_t>(width - left - 2, 10);
  const std::vector<std::string> rows = field(c, a, inner, height);
  for (int64_t r = 0; r < height; ++r) {
    const bool labelled = r == 0 || r == height - 1 || r == (height - 1) / 2;
    const double share = 1 - static_cast<double>(r) / static_cast<double>(height - 1);
    const std::string label = labelled ? short_number(a.y.at(share)) : "";
    const std::string& row = rows[static_cast<size_t>(r)];
    out += std::string(static_cast<size_t>(left) - label.size(), ' ') + label + " |" +
           row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
  }
  out += std::string(left + 1, ' ') + "+" + std::string(static_cast<size_t>(inner), '-') + "\n";
  const std::string first = short_number(a.x.at(0)), last = short_number(a.x.at(1));
  const auto room = static_cast<size_t>(inner) - first.size() - last.size();
  const std::string middle = c.x_axis.substr(0, room - 2);
  const size_t before = (room - middle.size()) / 2;
  out += std::string(left + 2, ' ') + first + std::string(before, ' ') + middle +
         std::string(room - before - middle.size(), ' ') + last + "\n";
  for (size_t l = 0; l < c.lines.size(); ++l)
    out += std::string(left + 2, ' ') + mark(l) + "  " + c.lines[l].name + "\n";
  return out;
}

}  // namespace gradus::tools
