// SPDX-License-Identifier: MIT
// Charts: their data, and how they look in the terminal, as CSV, SVG and PNG.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "tools/draw/canvas.h"

namespace gradus::tools {

/// Values by row and column, drawn as coloured cells with the value in each where it fits.
struct HeatMap {
  std::string title, row_axis, col_axis, value_axis = "weight";
  std::vector<std::string> rows{}, cols{};
  std::vector<double> values{};  // row by row
  double low = 0, high = 1;      // the ends of the colour scale
  bool diverging = false;        // red below 0, blue above, white at 0; else white to dark blue
};

/// A line chart. Points that are not finite are left out, as are points <= 0 on logarithmic axes.
struct LineChart {
  struct Line {
    std::string name;
    std::vector<double> x{}, y{};
  };
  std::string title, x_axis, y_axis;
  bool log_x = false, log_y = false;
  bool from_zero = true;  // start the y axis at 0 unless it is logarithmic
  std::vector<Line> lines{};
};

/// Horizontal bars, several side by side for each name if there are several series.
struct BarChart {
  struct Series {
    std::string name;
    std::vector<double> values{};
  };
  std::string title, axis;
  std::vector<std::string> names{};
  std::vector<Series> series{};
};

using Chart = std::variant<HeatMap, LineChart, BarChart>;

/// In the terminal, with at most `width` characters per line.
std::string drawn(const HeatMap& map, int64_t width = 78);
std::string drawn(const LineChart& chart, int64_t width = 78, int64_t height = 17);
std::string drawn(const BarChart& chart, int64_t width = 78);
std::string drawn(const Chart& chart);

/// Each value with its labels, as CSV.
std::string csv_text(const Chart& chart);

/// The width and height of a drawing in points, and the drawing itself with its corner at `at`.
Point extent(const HeatMap& map);
Point extent(const LineChart& chart);
Point extent(const BarChart& chart);
void draw(Canvas& canvas, const HeatMap& map, Point at = {});
void draw(Canvas& canvas, const LineChart& chart, Point at = {});
void draw(Canvas& canvas, const BarChart& chart, Point at = {});
/// Only the cells and labels of a map, in a box; sheets of several maps use it.
void draw_cells(Canvas& canvas, const HeatMap& map, const Box& box, double label_size);

/// The picture as an SVG element, for a file or for a page.
std::string svg_text(const Chart& chart, SvgCanvas::Place place);

/// Writes FILE.csv, FILE.svg or FILE.png atomically. Throws UsageError for another name.
void write_chart(const Chart& chart, const std::string& path);
/// The same for any drawing of that size; FILE.svg or FILE.png.
void write_drawing(const std::string& path, Point size, const std::string& title,
                   const std::function<void(Canvas&)>& draw);

/// Checks the files of --out before any work: throws UsageError for a name that does not end in
/// .csv, .svg or .png, std::runtime_error for a folder that is not writable. "-" is CSV on stdout.
void check_outputs(const std::vector<std::string>& paths);

/// Numbers at which an axis from `low` to `high` is labelled: steps of 1, 2 or 5 times a power of
/// ten, or powers of ten on a logarithmic axis; about `count`.
std::vector<double> ticks(double low, double high, bool log, int64_t count);
/// With three significant digits.
std::string short_number(double v);

}  // namespace gradus::tools
