// SPDX-License-Identifier: MIT
// Line charts on a canvas: axes, grid, and a label at the end of each line.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tools/draw/axis.h"
#include "tools/draw/chart.h"

namespace gradus::tools {
namespace {

constexpr double chart_width = 640, chart_height = 380, chart_left = 72, chart_top = 40,
                 chart_bottom = 56, chart_text_size = 12;

double widest_name(const LineChart& c) {
  double most = 0;
  for (const LineChart::Line& line : c.lines)
    most = std::max(most, text_width(line.name, chart_text_size));
  return std::min(most, 260.0);
}

// The plotted points of a line, on the canvas.
std::vector<Point> points_of(const LineChart& c, const LineChart::Line& line, const Axes& a,
                             const Box& box) {
  std::vector<Point> points;
  for (size_t i = 0; i < line.x.size(); ++i)
    if (drawable(line.x[i], c.log_x) && drawable(line.y[i], c.log_y))
      points.push_back({box.x + a.x.share(line.x[i]) * box.width,
                        box.y + (1 - a.y.share(line.y[i])) * box.height});
  return points;
}

void draw_axes(Canvas& canvas, const LineChart& c, const Axes& a, const Box& box) {
  for (double v : ticks(a.y.at(0), a.y.at(1), c.log_y, 6)) {
    const double y = box.y + (1 - a.y.share(v)) * box.height;
    canvas.lines({{box.x, y}, {box.x + box.width, y}}, faint(), 0.7);
    canvas.text({box.x - 6, y}, short_number(v), ink(), {.size = 11, .anchor = Anchor::end});
  }
  for (double v : ticks(a.x.at(0), a.x.at(1), c.log_x, 8)) {
    const double x = box.x + a.x.share(v) * box.width;
    canvas.lines({{x, box.y + box.height}, {x, box.y + box.height + 4}}, ink(), 1);
    canvas.text({x, box.y + box.height + 15}, short_number(v), ink(),
                {.size = 11, .anchor = Anchor::middle});
  }
  canvas.lines(
      {{box.x, box.y}, {box.x, box.y + box.height}, {box.x + box.width, box.y + box.height}}, ink(),
      1);
  canvas.text({box.x + box.width / 2, box.y + box.height + 38}, c.x_axis, ink(),
              {.size = chart_text_size, .anchor = Anchor::middle});
  canvas.text({box.x - chart_left + 14, box.y + box.height / 2}, c.y_axis, ink(),
              {.size = chart_text_size, .anchor = Anchor::middle, .upward = true});
}

// The labels' heights: each beside the end of its line, but never closer than a line of text.
std::vector<double> label_heights(const std::vector<double>& ends, const Box& box) {
  constexpr double apart = 15;
  std::vector<size_t> order(ends.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ends[a] < ends[b]; });
  std::vector<double> at = ends;
  double lowest = box.y - apart;
  for (size_t i : order) lowest = at[i] = std::max(at[i], lowest + apart);
  double limit = box.y + box.height + apart / 2;
  for (size_t k = order.size(); k-- > 0;) {
    at[order[k]] = std::min(at[order[k]], limit);
    limit = at[order[k]] - apart;
  }
  return at;
}

}  // namespace

Point extent(const LineChart& c) {
  return {std::max(chart_width + widest_name(c) + 40, text_width(c.title, 14) + 20), chart_height};
}

LinePlot line_plot(const LineChart& c) {
  return {
      {chart_left, chart_top, chart_width - chart_left, chart_height - chart_top - chart_bottom},
      axes_of(c, 0.04)};
}

void draw(Canvas& canvas, const LineChart& c, Point at) {
  auto [box, a] = line_plot(c);
  box.x += at.x;
  box.y += at.y;
  canvas.text({at.x + extent(c).x / 2, at.y + 18}, c.title, ink(),
              {.size = 14, .anchor = Anchor::middle, .bold = true});
  draw_axes(canvas, c, a, box);
  std::vector<double> ends;
  for (size_t l = 0; l < c.lines.size(); ++l) {
    const std::vector<Point> points = points_of(c, c.lines[l], a, box);
    canvas.lines(points, line_colour(l), 2);
    if (points.size() <= 40)
      for (const Point& p : points) canvas.dot(p, 3, line_colour(l));
    ends.push_back(points.empty() ? box.y + box.height : points.back().y);
  }
  const std::vector<double> labels = label_heights(ends, box);
  for (size_t l = 0; l < c.lines.size(); ++l) {
    const double x = box.x + box.width + 8;
    canvas.lines({{x, labels[l]}, {x + 14, labels[l]}}, line_colour(l), 3);
    canvas.text({x + 19, labels[l]}, fitted(c.lines[l].name, chart_text_size, 260), ink(),
                {.size = chart_text_size});
  }
}

}  // namespace gradus::tools
