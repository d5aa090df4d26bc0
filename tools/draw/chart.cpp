// SPDX-License-Identifier: MIT
// Charts as files, and heat maps in the terminal.
#include "tools/draw/chart.h"

#include <algorithm>
#include <cmath>

#include "gradus/io/file.h"
#include "gradus/train/picture.h"
#include "tools/cli/cli.h"
#include "tools/cli/data_file.h"
#include "tools/draw/raster.h"
#include "tools/draw/table.h"

namespace gradus::tools {
namespace {

std::string csv_of(const HeatMap& m) {
  std::string out = m.row_axis + "," + m.col_axis + "," + m.value_axis + "\n";
  for (size_t r = 0, i = 0; r < m.rows.size(); ++r)
    for (size_t c = 0; c < m.cols.size(); ++c, ++i)
      out += csv_cell(m.rows[r]) + "," + csv_cell(m.cols[c]) + text({",", m.values[i], "\n"});
  return out;
}

std::string csv_of(const LineChart& c) {
  std::string out = "line," + csv_cell(c.x_axis) + "," + csv_cell(c.y_axis) + "\n";
  for (const LineChart::Line& line : c.lines)
    for (size_t i = 0; i < line.x.size(); ++i)
      out += csv_cell(line.name) + text({",", line.x[i], ",", line.y[i], "\n"});
  return out;
}

std::string csv_of(const BarChart& c) {
  std::string out = "name";
  for (const BarChart::Series& s : c.series)
    out += "," + csv_cell(s.name.empty() ? c.axis : s.name);
  out += "\n";
  for (size_t n = 0; n < c.names.size(); ++n, out += "\n") {
    out += csv_cell(c.names[n]);
    for (const BarChart::Series& s : c.series) out += text({",", s.values[n]});
  }
  return out;
}

const std::string& title_of(const Chart& chart) {
  return std::visit([](const auto& c) -> const std::string& { return c.title; }, chart);
}

}  // namespace

std::string csv_text(const Chart& chart) {
  return std::visit([](const auto& c) { return csv_of(c); }, chart);
}

std::string drawn(const Chart& chart) {
  return std::visit([](const auto& c) { return drawn(c); }, chart);
}

namespace {

// The rows and columns that fit: every `row`-th and every `col`-th.
struct Every {
  size_t row, col;
};

// One row: its name, and its cells, each `cell` characters wide.
std::string drawn_row(const HeatMap& m, size_t r, size_t names, size_t cell, Every every) {
  const double most = std::max({std::abs(m.low), std::abs(m.high), 1e-300});
  std::string out = padded(m.rows[r], names, true) + "  ";
  for (size_t c = 0; c < m.cols.size(); c += every.col) {
    const double v = m.values[r * m.cols.size() + c];
    const double share = m.diverging ? std::abs(v) / most : (v - m.low) / (m.high - m.low);
    if (cell >= 6)
      out +=
          shade(share, 1) + padded(short_number(std::round(v * 1000) / 1000), cell - 2, true) + " ";
    else out += shade(share, cell);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string drawn(const HeatMap& m, int64_t width) {
  size_t names = m.row_axis.size();
  for (const std::string& r : m.rows) names = std::max(names, r.size());
  names = std::min<size_t>(names, 16);
  const size_t room = static_cast<size_t>(width) - names - 3, cols = m.cols.size();
  const Every every{(m.rows.size() + 49) / 50, (cols + room - 1) / room};
  const size_t cell = std::min<size_t>(8, room / std::max<size_t>(cols, 1));
  std::string title = m.title;
  if (every.row > 1 || every.col > 1)
    title += text({" (1 row in ", every.row, ", 1 column in ", every.col, ")"});
  std::string out = title + "\n" + padded(m.row_axis, names) + "   " + m.col_axis + "\n";
  if (cell >= 3) {
    out += std::string(names + 2, ' ');
    for (const std::string& c : m.cols) out += padded(c, cell - 1, true) + " ";
    out += "\n";
  }
  for (size_t r = 0; r < m.rows.size(); r += every.row)
    out += drawn_row(m, r, names, std::max<size_t>(cell, 1), every) + "\n";
  return out;
}

std::string svg_text(const Chart& chart, SvgCanvas::Place place) {
  const Point size = std::visit([](const auto& c) { return extent(c); }, chart);
  SvgCanvas canvas(size.x, size.y, place, title_of(chart));
  std::visit([&](const auto& c) { draw(canvas, c); }, chart);
  return canvas.finish();
}

void write_drawing(const std::string& path, Point size, const std::string& title,
                   const std::function<void(Canvas&)>& draw) {
  if (path.ends_with(".svg")) {
    SvgCanvas canvas(size.x, size.y, SvgCanvas::Place::file, title);
    draw(canvas);
    return write_file(path, canvas.finish());
  }
  if (!path.ends_with(".png"))
    usage_error({"--out ", printable(path, 200), ": the name must end in .csv, .svg or .png"});
  RasterCanvas canvas(size.x, size.y);
  draw(canvas);
  write_file(path, canvas.png());
}

void check_outputs(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (path == "-") continue;
    if (!path.ends_with(".svg") && !path.ends_with(".png") && !path.ends_with(".csv"))
      usage_error({"--out ", printable(path, 200), ": the name must end in .csv, .svg or .png"});
    check_writable(folder_of(path));
  }
}

void write_chart(const Chart& chart, const std::string& path) {
  if (path.ends_with(".csv")) return write_file(path, csv_text(chart));
  const Point size = std::visit([](const auto& c) { return extent(c); }, chart);
  write_drawing(path, size, title_of(chart), [&](Canvas& canvas) {
    std::visit([&](const auto& c) { draw(canvas, c); }, chart);
  });
}

}  // namespace gradus::tools
