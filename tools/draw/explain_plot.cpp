// SPDX-License-Identifier: MIT
// Writes explanations to files: CSV directly, SVG and PNG with gnuplot.
#include <algorithm>
#include <cmath>

#include "gradus/io/file.h"
#include "tools/draw/explain.h"
#include "tools/draw/gnuplot.h"

namespace gradus::tools {
namespace {

double largest(const std::vector<double>& x) {
  double most = 0;
  for (double v : x) most = std::max(most, std::abs(v));
  return most > 0 ? most : 1;
}

// ("a" 0, "b" 1, ...), every n-th if there are more than `most`.
std::string tics(const std::vector<std::string>& labels, size_t most) {
  const size_t every = (labels.size() + most - 1) / std::max<size_t>(most, 1);
  std::string out;
  for (size_t i = 0; i < labels.size(); i += std::max<size_t>(every, 1))
    out += (i ? ", " : "") + gnuplot_text(labels[i]) + " " + std::to_string(i);
  return "(" + out + ")";
}

int64_t widest(const std::vector<std::string>& labels) {
  size_t most = 1;
  for (const std::string& label : labels) most = std::max(most, label.size());
  return static_cast<int64_t>(most);
}

// Columns down, by decreasing effect; steps across; red lowers the answer, blue raises it.
void draw_cells(const ExplainedSeries& e, const std::string& path) {
  const size_t width = e.columns.size(), steps = e.times.size();
  std::vector<size_t> order(width);
  for (size_t c = 0; c < width; ++c) order[c] = c;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::abs(e.means.columns[a]) > std::abs(e.means.columns[b]);
  });
  std::string cells = "$cells << EOD\n";
  std::vector<std::string> names;
  for (size_t r = 0; r < width; ++r) {
    names.push_back(e.columns[order[r]]);
    for (size_t t = 0; t < steps; ++t)
      cells += text({static_cast<int64_t>(t), " ", static_cast<int64_t>(r), " ",
                     e.means.cells[t * width + order[r]], "\n"});
  }
  const double most = largest(e.means.cells);
  const int64_t across = std::clamp<int64_t>(static_cast<int64_t>(steps) * 44, 240, 1200);
  const int64_t down = std::clamp<int64_t>(static_cast<int64_t>(width) * 28, 84, 1400);
  const int64_t wide =
      std::max(across + 8 * widest(names) + 170, 8 * static_cast<int64_t>(e.title.size()) + 60);
  gnuplot(path, wide, down + 170,
          cells + "EOD\nset title " + gnuplot_text(e.title) + ".\"\\n\"." +
              gnuplot_text("effect of each value, compared with " + e.baseline) +
              text({"\nset cbrange [", -most, ":", most, "]"}) +
              "\nset palette defined (-1 '#b2182b', -0.4 '#f4a582', 0 '#ffffff', 0.4 '#92c5de', 1 "
              "'#2166ac')\nset cblabel 'effect of the value'\n" +
              text({"set xrange [-0.5:", static_cast<double>(steps) - 0.5, "]\nset yrange [",
                    static_cast<double>(width) - 0.5, ":-0.5]\n"}) +
              "set xlabel 'time'\nset xtics scale 0 " + (widest(e.times) > 4 ? "rotate " : "") +
              tics(e.times, static_cast<size_t>(across / 22)) + "\nset ytics scale 0 " +
              tics(names, 50) +
              "\nplot $cells using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fill "
              "solid noborder linecolor palette notitle\n");
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
  std::string rows = "$bars << EOD\n";
  std::vector<std::string> names;
  for (size_t r = 0; r < order.size(); ++r) {
    names.push_back(b.names[order[r]]);
    rows += text({b.values[order[r]], " ", static_cast<int64_t>(r), "\n"});
  }
  double low = 0, high = 0;
  for (double v : b.values) low = std::min(low, v), high = std::max(high, v);
  const auto count = static_cast<int64_t>(order.size());
  const int64_t wide =
      std::max(560 + 8 * widest(names), 8 * static_cast<int64_t>(b.title.size()) + 60);
  gnuplot(path, wide, 24 * std::max<int64_t>(count, 3) + 150,
          rows + "EOD\nset title " + gnuplot_text(b.title) + "\nset xlabel " +
              gnuplot_text(b.axis) +
              text({"\nset yrange [", static_cast<double>(count) - 0.4, ":-0.6]\nset xrange [",
                    low * 1.05, ":", high > low ? high * 1.05 : 1.0, "]\n"}) +
              "set ytics scale 0 " + tics(names, most) +
              "\nset grid xtics linetype 1 linecolor '#cccccc'\n"
              "plot $bars using (0):2:(0):1:($2-0.35):($2+0.35) with boxxyerror fill solid "
              "linecolor '#2166ac' notitle\n");
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
