// SPDX-License-Identifier: MIT
// Line charts, in the terminal and with gnuplot.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tools/cli/cli.h"
#include "tools/draw/gnuplot.h"
#include "tools/draw/plot.h"

namespace gradus::tools {
namespace {

constexpr const char* marks = "ox+*#@%&";
char mark(size_t line) { return marks[line % 8]; }

bool drawable(double v, bool log) { return std::isfinite(v) && (!log || v > 0); }

// One axis: its range, and the position of a value on it, from 0 to 1.
struct Axis {
  bool log;
  double low = INFINITY, high = -INFINITY;

  double scaled(double v) const { return log ? std::log10(v) : v; }
  void see(double v) {
    low = std::min(low, scaled(v));
    high = std::max(high, scaled(v));
  }
  void widen(bool from_zero) {
    if (log) {  // to whole powers of ten
      low = std::floor(low);
      high = std::ceil(high);
    } else if (from_zero && low > 0) {
      low = 0;
    }
    if (!(high > low)) high = low + 1;
  }
  double share(double v) const { return (scaled(v) - low) / (high - low); }
  double at(double share) const {
    const double v = low + share * (high - low);
    return log ? std::pow(10, v) : v;
  }
};

struct Axes {
  Axis x, y;
};
Axes axes_of(const LineChart& c) {
  Axes a{{c.log_x}, {c.log_y}};
  for (const LineChart::Line& line : c.lines)
    for (size_t i = 0; i < line.x.size(); ++i)
      if (drawable(line.x[i], c.log_x) && drawable(line.y[i], c.log_y)) {
        a.x.see(line.x[i]);
        a.y.see(line.y[i]);
      }
  if (!std::isfinite(a.x.low)) a.x.low = a.x.high = a.y.low = a.y.high = 0;  // nothing to draw
  a.y.widen(c.from_zero);
  if (!(a.x.high > a.x.low)) a.x.high = a.x.low + 1;
  return a;
}

std::string number(double v) {
  char out[32];
  std::snprintf(out, sizeof out, "%.3g", v);
  return out;
}

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

// gnuplot accepts no empty data block: a NaN point keeps it non-empty.
std::string points(const LineChart& c) {
  std::string all;
  for (size_t l = 0; l < c.lines.size(); ++l) {
    all += text({"$line", l, " << EOD\nNaN NaN\n"});
    for (size_t i = 0; i < c.lines[l].x.size(); ++i)
      if (drawable(c.lines[l].x[i], c.log_x) && drawable(c.lines[l].y[i], c.log_y))
        all += text({c.lines[l].x[i], " ", c.lines[l].y[i], "\n"});
    all += "EOD\n";
  }
  return all;
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
    const std::string label = labelled ? number(a.y.at(share)) : "";
    const std::string& row = rows[static_cast<size_t>(r)];
    out += std::string(static_cast<size_t>(left) - label.size(), ' ') + label + " |" +
           row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
  }
  out += std::string(left + 1, ' ') + "+" + std::string(static_cast<size_t>(inner), '-') + "\n";
  const std::string first = number(a.x.at(0)), last = number(a.x.at(1));
  const auto room = static_cast<size_t>(inner) - first.size() - last.size();
  const std::string middle = c.x_axis.substr(0, room - 2);
  const size_t before = (room - middle.size()) / 2;
  out += std::string(left + 2, ' ') + first + std::string(before, ' ') + middle +
         std::string(room - before - middle.size(), ' ') + last + "\n";
  for (size_t l = 0; l < c.lines.size(); ++l)
    out += std::string(left + 2, ' ') + mark(l) + "  " + c.lines[l].name + "\n";
  return out;
}

void write_chart(const LineChart& c, const std::string& path) {
  if (!path.ends_with(".svg") && !path.ends_with(".png"))
    usage_error({"--out ", printable(path, 200), ": the name must end in .csv, .svg or .png"});
  const Axes a = axes_of(c);
  constexpr const char* colours[] = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd",
                                     "#ff7f0e", "#17a2b8", "#8c564b", "#7f7f7f"};
  // Leave room above the highest point, so that no line runs along the frame.
  const double top = c.log_y ? 3 * a.y.at(1) : a.y.at(1.05);
  std::string s =
      points(c) + "set title " + gnuplot_text(c.title) + "\nset xlabel " + gnuplot_text(c.x_axis) +
      "\nset ylabel " + gnuplot_text(c.y_axis) +
      "\nset grid linetype 1 linewidth 0.5 linecolor '#cccccc'\nset key outside right\n" +
      (c.log_x ? "set logscale x\n" : "") +
      text({"set xrange [", a.x.at(-0.03), ":", a.x.at(1.03), "]\n"}) +
      (c.log_y ? "set logscale y\nset format y '%g'\n" : "") +
      text({"set yrange [", a.y.at(c.from_zero || c.log_y ? 0 : -0.05), ":", top, "]\nplot "});
  for (size_t l = 0; l < c.lines.size(); ++l)
    s += (l ? ", " : "") +
         text({"$line", l, " using 1:2 with linespoints linewidth 2 pointtype ",
               static_cast<int64_t>(l % 6) + 5, " pointsize 0.7 linecolor '", colours[l % 8],
               "' title "}) +
         gnuplot_text(c.lines[l].name);
  gnuplot(path, 960, 540, s + "\n");
}

}  // namespace gradus::tools
