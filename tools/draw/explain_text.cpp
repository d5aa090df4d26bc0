// SPDX-License-Identifier: MIT
// Formats explanations as text, in 80 columns, and as CSV.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "data/unicode.h"
#include "gradus/train/picture.h"
#include "tools/cli/terminal.h"
#include "tools/draw/explain.h"

namespace gradus::tools {

std::vector<size_t> by_size(const std::vector<double>& x) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return std::abs(x[a]) > std::abs(x[b]); });
  return order;
}

double largest_size(const std::vector<double>& x) {
  double most = 0;
  for (double v : x) most = std::max(most, std::abs(v));
  return most;
}

namespace {

constexpr size_t effect_bar_width = 13, shown_steps = 24, shown_rows = 20;

std::string number(const char* pattern, double v) {
  char out[40];
  std::snprintf(out, sizeof out, pattern, v);
  return out;
}

// The start and end of a name that is too long: column names often differ only there.
std::string fitted(const std::string& name, size_t width) {
  if (static_cast<size_t>(unicode::columns(name)) <= width) return name;
  size_t tail = name.size() - std::min(name.size(), width / 2);
  while (tail < name.size() && (static_cast<unsigned char>(name[tail]) & 0xC0) == 0x80) ++tail;
  const auto head = static_cast<int64_t>(width - width / 2 - 1);
  return text({unicode::fitting(name, head), "~", name.substr(tail)});
}

// A signed number in 9 columns: three decimals, or three significant digits from 100 on.
std::string effect(double v) {
  if (std::abs(v) < 0.0005) v = 0;  // no sign for values that round to 0
  return number(std::abs(v) < 100 ? "%+9.3f" : "%+9.3g", v);
}

// Appends the replacement value, shortened to fit 80 columns.
std::string with_baseline(const std::string& line, const std::string& baseline) {
  const auto used = static_cast<size_t>(unicode::columns(line));
  return line + fitted(baseline, used + 10 < 80 ? 80 - used : 10);
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// The sums over all steps of [steps, columns].
std::vector<double> by_column(const std::vector<double>& cells, size_t columns) {
  std::vector<double> sums(columns);
  for (size_t i = 0; i < cells.size(); ++i) sums[i % columns] += cells[i];
  return sums;
}

std::string column_table(const ExplainedSeries& e) {
  const size_t width = e.columns.size();
  const bool one = e.times.size() == 1;
  const std::vector<double> gradient = by_column(e.means.gradient, width);
  const std::vector<size_t> order = by_size(e.means.columns);
  std::string out = padded("column", 20) + (one ? padded("value", 11) : "") +
                    padded(one ? "effect" : "effect, all steps", effect_bar_width + 11) +
                    (gradient.empty() ? "" : "grad x input  ") + "replaced by\n";
  for (size_t c : std::span(order).first(std::min(order.size(), shown_rows))) {
    std::string line = padded(fitted(e.columns[c], 19), 19) + " ";
    if (one) line += padded(e.values[c], 10) + " ";
    line += effect(e.means.columns[c]) + " " +
            bar(e.means.columns[c], largest_size(e.means.columns), effect_bar_width - 1) + "  ";
    if (!e.means.gradient.empty()) line += effect(gradient[c]) + "     ";
    out += trimmed(with_baseline(line, e.baselines[c]));
  }
  if (order.size() > shown_rows)
    out += text({"and ", static_cast<int64_t>(order.size() - shown_rows),
                 " more columns with smaller effects; --out FILE.csv has all\n"});
  return out;
}

// Steps down, the most important columns across.
std::string cell_table(const ExplainedSeries& e) {
  const size_t columns = e.columns.size(), time_width = 12;
  const std::vector<size_t> order = by_size(e.means.columns);
  std::vector<size_t> across;
  size_t room = 80 - time_width - 12;
  for (size_t c : order) {
    const size_t width = std::max<size_t>(11, std::min<size_t>(e.columns[c].size(), 14) + 2);
    if (width > room) break;
    across.push_back(c);
    room -= width;
  }
  std::vector<size_t> steps = by_size(e.means.steps);
  const std::vector<size_t> top(steps.begin(), steps.begin() + std::min<size_t>(3, steps.size()));
  if (steps.size() > shown_steps) steps.resize(shown_steps);
  std::sort(steps.begin(), steps.end());
  std::string out = "\n" + padded("time", time_width) + padded("all columns", 12);
  const auto width_of = [&](size_t c) {
    return std::max<size_t>(9, std::min<size_t>(e.columns[c].size(), 14));
  };
  for (size_t c : across)
    out += "  " + padded(fitted(e.columns[c], width_of(c)), width_of(c), true);
  out = trimmed(out);
  for (size_t t : steps) {
    std::string line = padded(e.times[t], time_width) + "  " + effect(e.means.steps[t]) + " ";
    for (size_t c : across)
      line += "  " + padded(effect(e.means.cells[t * columns + c]), width_of(c), true);
    out += trimmed(line);
  }
  out += "\nmost important steps: ";
  for (size_t i = 0; i < top.size(); ++i) out += text({i ? ", " : "", e.times[top[i]]});
  out += "\n";
  if (steps.size() < e.times.size() || across.size() < columns)
    out += text({static_cast<int64_t>(steps.size()), " of ", static_cast<int64_t>(e.times.size()),
                 " steps and ", static_cast<int64_t>(across.size()), " of ",
                 static_cast<int64_t>(columns), " columns are shown; --out FILE.csv has all\n"});
  return out;
}

// A CSV cell with all digits; empty if the number is missing.
std::string exact(const std::vector<double>& x, size_t i) {
  return i < x.size() ? text({x[i]}) : std::string();
}

}  // namespace

std::string explanation_text(const ExplainedSeries& e) {
  const std::string head = e.title + "\neffect of each value, compared with " + e.baseline;
  return folded(head + "\n", 80, 2) + "\n" + column_table(e) +
         (e.times.size() > 1 ? cell_table(e) : "");
}

std::string explanation_csv(const ExplainedSeries& e) {
  std::string out = "id,time,column,value,baseline,occlusion,gradient_x_input\n";
  const size_t width = e.columns.size();
  const std::vector<double> sums = by_column(e.means.gradient, width);
  const auto line = [&](const std::string& time, const std::string& column,
                        const std::string& value, const std::string& baseline,
                        const std::string& occlusion, const std::string& gradient) {
    out += text({csv_cell(e.id), ",", csv_cell(time), ",", csv_cell(column), ",", csv_cell(value),
                 ",", csv_cell(baseline), ",", occlusion, ",", gradient, "\n"});
  };
  for (size_t c = 0; c < width; ++c)
    line("", e.columns[c], "", e.baselines[c], exact(e.means.columns, c),
         e.means.gradient.empty() ? "" : exact(sums, c));
  for (size_t t = 0; t < e.times.size(); ++t) {
    line(e.times[t], "", "", "", exact(e.means.steps, t), "");
    for (size_t c = 0, i = t * width; c < width; ++c, ++i)
      line(e.times[t], e.columns[c], e.values[i], e.baselines[c], exact(e.means.cells, i),
           exact(e.means.gradient, i));
  }
  return out;
}

std::string importance_text(const ExplainedSet& e) {
  const std::string head = e.title + "\nmean change when values are replaced by " + e.baseline;
  std::string out = folded(head + "\n", 80, 2) + "\n" + padded("column", 20) +
                    padded("change", effect_bar_width + 11) +
                    (e.means.gradient.empty() ? "" : "grad x input  ") + "replaced by\n";
  const std::vector<size_t> columns = by_size(e.means.columns), steps = by_size(e.means.steps);
  const auto shown = [](const std::vector<size_t>& order, size_t most) {
    return std::span(order).first(std::min(order.size(), most));
  };
  const auto row = [&](const std::string& name, const std::vector<double>& x, size_t i) {
    return padded(fitted(name, 19), 19) + " " + number("%9.3f", x[i]) + " " +
           bar(x[i], largest_size(x), effect_bar_width - 1) + "  ";
  };
  for (size_t c : shown(columns, shown_rows)) {
    std::string line = row(e.columns[c], e.means.columns, c);
    if (!e.means.gradient.empty()) line += number("%9.3f", e.means.gradient[c]) + "     ";
    out += trimmed(with_baseline(line, e.baselines[c]));
  }
  if (steps.size() < 2) return out;
  out += "\n" + padded("time", 20) + "change, all columns together\n";
  for (size_t t : shown(steps, shown_steps)) out += trimmed(row(e.steps[t], e.means.steps, t));
  if (columns.size() > shown_rows || steps.size() > shown_steps)
    out += "only the largest are shown; --out FILE.csv has all\n";
  return out;
}

std::string importance_csv(const ExplainedSet& e) {
  std::string out = "kind,name,baseline,occlusion,gradient_x_input\n";
  for (size_t c = 0; c < e.columns.size(); ++c)
    out += text({"column,", csv_cell(e.columns[c]), ",", csv_cell(e.baselines[c]), ",",
                 exact(e.means.columns, c), ",", exact(e.means.gradient, c), "\n"});
  for (size_t t = 0; t < e.steps.size(); ++t)
    out += text({"step,", csv_cell(e.steps[t]), ",,", exact(e.means.steps, t), ",\n"});
  return out;
}

}  // namespace gradus::tools
