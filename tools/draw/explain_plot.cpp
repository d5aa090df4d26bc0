// SPDX-License-Identifier: MIT
// Writes explanations to files: CSV, SVG and PNG.
#include <algorithm>
#include <cmath>

#include "gradus/io/file.h"
#include "tools/draw/chart.h"
#include "tools/draw/explain.h"

namespace gradus::tools {
namespace {

double colour_limit(const std::vector<double>& x) {
  const double most = largest_size(x);
  return most > 0 ? most : 1;
}

// Columns down, by decreasing effect; steps across; red lowers the answer, blue raises it.
void draw_cells(const ExplainedSeries& e, const std::string& path) {
  const size_t width = e.columns.size(), steps = e.times.size();
  HeatMap map{.title = e.title,
              .row_axis = "column",
              .col_axis = "time",
              .value_axis = "effect, compared with " + e.baseline,
              .cols = e.times,
              .low = -colour_limit(e.means.cells),
              .high = colour_limit(e.means.cells),
              .diverging = true};
  for (size_t c : by_size(e.means.columns)) {
    map.rows.push_back(e.columns[c]);
    for (size_t t = 0; t < steps; ++t) map.values.push_back(e.means.cells[t * width + c]);
  }
  write_chart(map, path);
}

struct Bars {
  std::string title, axis;
  std::vector<std::string> names;
  std::vector<double> values;
};

// Horizontal bars, the largest at the top.
void draw_bars(Bars b, const std::string& path) {
  std::vector<size_t> order(b.values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t x, size_t y) {
    return std::abs(b.values[x]) > std::abs(b.values[y]);
  });
  constexpr size_t most = 40;
  if (order.size() > most) order.resize(most);
  BarChart chart{.title = b.title, .axis = b.axis, .series = {{""}}};
  for (size_t i : order) {
    chart.names.push_back(b.names[i]);
    chart.series[0].values.push_back(b.values[i]);
  }
  write_chart(chart, path);
}

}  // namespace

void write_explanation(const ExplainedSeries& e, const std::string& path) {
  if (path.ends_with(".csv")) return write_file(path, explanation_csv(e));
  if (e.times.size() > 1) return draw_cells(e, path);
  Bars bars{e.title, "effect of the value, compared with " + e.baseline, {}, e.means.columns};
  for (size_t c = 0; c < e.columns.size(); ++c)
    bars.names.push_back(e.columns[c] + " = " + e.values[c]);
  draw_bars(std::move(bars), path);
}

void write_importance(const ExplainedSet& e, const std::string& path) {
  if (path.ends_with(".csv")) return write_file(path, importance_csv(e));
  draw_bars({e.title, "change without the column, compared with " + e.baseline, e.columns,
             e.means.columns},
            path);
}

}  // namespace gradus::tools
