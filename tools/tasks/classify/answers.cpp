// SPDX-License-Identifier: MIT
// Draws series as lines over time; a series of one step is a list of its values.
#include "tools/tasks/classify/answers.h"

#include <cmath>

#include "tools/tasks/class_report.h"
#include "tools/tasks/series_explained.h"

namespace gradus::tools {
namespace {

constexpr size_t most_lines = 6, most_values = 40, most_points = 600;

// Several features share an axis as multiples of their deviation in the training data.
LineChart series_chart(const Series& s, const SeriesSet& set, const SeriesScale& scale) {
  std::vector<size_t> numbers;
  for (size_t f = 0; f < set.features.size(); ++f)
    if (set.is_number(f) && std::isfinite(scale.deviation[f])) numbers.push_back(f);
  const bool one = numbers.size() == 1;
  LineChart c{.title = {},
              .x_axis = set.time_dates ? "step" : "time",
              .y_axis = one ? printable(set.features[numbers[0]]) : "standardised value",
              .from_zero = false};
  if (numbers.size() > most_lines) {
    c.title = text({"the first ", most_lines, " of ", numbers.size(), " columns"});
    numbers.resize(most_lines);
  }
  const size_t every = (s.times.size() + most_points - 1) / most_points;
  for (size_t f : numbers) {
    LineChart::Line line{.name = printable(set.features[f])};
    for (size_t t = 0; t < s.times.size(); t += every) {
      const double v = s.values[t * set.features.size() + f];
      line.x.push_back(set.time_dates ? static_cast<double>(t) : s.times[t]);
      line.y.push_back(one ? v : (v - scale.mean[f]) / scale.deviation[f]);
    }
    c.lines.push_back(std::move(line));
  }
  return c;
}

std::string values_text(const Explained& e, const Series& s) {
  std::string all;
  for (size_t c = 0; c < e.columns.size() && c < most_values; ++c) {
    const std::string value = e.value(s, s.length() - 1, c);
    all += text({c ? ", " : "", e.columns[c].name, " ", value.empty() ? "(empty)" : value});
  }
  return all + (e.columns.size() > most_values ? ", ..." : "");
}

}  // namespace

Answers series_answers(const ClassifyTask& task, const ClassifySchema& schema) {
  const SeriesSet& set = task.data.evaluated();
  const ClassifyFigures measured = task.figures(set, schema.threshold);
  const Explained e = explained_data(set.without_series(), schema);
  std::vector<int64_t> labels;
  for (const Series& s : set.series) labels.push_back(s.label);
  const auto sample = [&](size_t i) {
    const Series& s = set.series[i];
    ShownAnswer shown{.name = "series " + s.id};
    const LineChart chart = series_chart(s, set, schema.scale);
    if (s.length() > 1 && !chart.lines.empty()) shown.drawings.push_back(chart);
    else shown.input = values_text(e, s);
    return shown;
  };
  return class_answers(task.data.evaluated_name(), schema.like.classes, labels, measured, sample);
}

}  // namespace gradus::tools
