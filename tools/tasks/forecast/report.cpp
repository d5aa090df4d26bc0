// SPDX-License-Identifier: MIT
// Reports of gradus train forecast: data, figures and forecasts as text.
#include "tools/tasks/forecast/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gradus/base/phase.h"
#include "gradus/data/series_report.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "tools/cli/terminal.h"
#include "tools/draw/table.h"

namespace gradus::tools {

std::string forecast_data_text(const char* what, const std::string& file, const SeriesSet& set) {
  const std::vector<int64_t> lengths = set.lengths();
  const auto [low, high] = std::minmax_element(lengths.begin(), lengths.end());
  const auto alone = std::count(lengths.begin(), lengths.end(), 1);
  const auto features = static_cast<int64_t>(set.features.size());
  std::string out = text({what, " ", file, ": ", set.size(), " series of ", steps_text(*low, *high),
                          ", ", counted(features, "feature"), "\n"});
  if (set.missing)
    out += text({"  ", counted(set.missing, "empty cell"),
                 ": not predicted; filled with the last value of the series, else "
                 "the median\n"});
  if (alone)
    out += text({"  ", alone, " series of one step ", alone == 1 ? "has" : "have",
                 " no next step: left out\n"});
  for (const std::string& column : set.ignored)
    out += text({"  column ", printable(column), " is not in the training data: ignored\n"});
  for (const auto& [f, names] : set.categories)
    out += text({"  column ", printable(set.features[f]), ": ", names.size(),
                 names.size() == 1 ? " category" : " categories", "; an input, not forecast\n"});
  for (const auto& [f, date] : set.dates)
    out += text({"  column ", printable(set.features[f]), ": dates; an input, not forecast\n"});
  return out + notes_text(set.notes);
}

std::string constant_features_text(const ClassifySchema& schema) {
  std::string out;
  for (size_t f = 0; f < schema.like.features.size(); ++f)
    if (!std::isfinite(schema.scale.deviation[f]))
      out +=
          text({"  column ", printable(schema.like.features[f]), " is constant: not forecast\n"});
  return out;
}

Json forecast_figures(const ForecastFigures& f, const SeriesSet& like) {
  const auto by_feature = [&](const std::vector<double>& values) {
    Json all = Json::object();
    for (size_t i = 0; i < like.features.size(); ++i)
      if (like.is_number(i))
        all[like.features[i]] = std::isfinite(values[i]) ? Json(values[i]) : Json();
    return all;
  };
  Json all;
  all["rmse"] = by_feature(f.model.rmse);
  all["last_value_rmse"] = by_feature(f.last_value.rmse);
  all["mean_rmse"] = by_feature(f.mean.rmse);
  all["last_value_loss"] = f.last_value.loss;
  all["mean_loss"] = f.mean.loss;
  return all;
}

SeriesSet last_windows(const SeriesSet& set, int64_t window) {
  SeriesSet ends = set;
  const auto width = static_cast<std::ptrdiff_t>(set.features.size());
  for (Series& s : ends.series) {
    const auto cut = static_cast<std::ptrdiff_t>(std::max<int64_t>(s.length() - window, 0));
    s.times.erase(s.times.begin(), s.times.begin() + cut);
    if (!s.lines.empty()) s.lines.erase(s.lines.begin(), s.lines.begin() + cut);
    s.values.erase(s.values.begin(), s.values.begin() + cut * width);
  }
  return ends;
}

std::string forecasts_csv(const SeriesSet& set, const ClassifySchema& schema, int64_t window,
                          const SeriesForecaster& model) {
  const std::vector<int64_t> numbers = schema.scale.numbers();
  const auto named = [](const std::string& column, const char* usual) {
    return column == "none" ? usual : column;
  };
  Table t{.columns = {{named(schema.columns.id, "id")}, {named(schema.columns.time, "time")}}};
  for (size_t f = 0; f < set.features.size(); ++f)
    if (set.is_number(f)) t.columns.push_back({set.features[f]});
  const SeriesSet ends = last_windows(set, window);
  Phase phase("series forecast", set.size());
  for (int64_t i = 0; i < ends.size(); ++i) {
    phase.at(i);
    const Series& s = ends.series[static_cast<size_t>(i)];
    const SeriesBatch b = series_batch(ends, schema.scale, std::vector<int64_t>{i});
    const Tensor predicted = model(b.values, b.times, b.lengths);
    check_answers(predicted, [&](int64_t) { return "series " + printable(s.id); });
    const std::vector<double> next =
        select(select(predicted, 0, 0), 0, predicted.size(1) - 1).to_vector<double>();
    t.rows.push_back({s.id, set.time_dates ? Table::Cell(set.time_text(s.times.back()))
                                           : Table::Cell(s.times.back())});
    for (size_t c = 0; c < next.size(); ++c) {
      const auto f = static_cast<size_t>(numbers[c]);
      if (!set.is_number(f)) continue;
      const double deviation = schema.scale.deviation[f];
      const double changed = std::isfinite(deviation) ? deviation * next[c] : 0;
      char number[32];  // the precision of the model's numbers
      std::snprintf(number, sizeof number, "%.7g", schema.scale.mean[f] + changed);
      t.rows.back().push_back(std::string(number));
    }
  }
  return csv_text(t);
}

}  // namespace gradus::tools
