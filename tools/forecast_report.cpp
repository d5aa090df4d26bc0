// SPDX-License-Identifier: MIT
// Data, figures and forecasts of gradus train forecast as text.
#include "tools/forecast_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "tools/table.h"

namespace gradus::tools {

SeriesSet forecast_series(const CsvTable& table, const SeriesColumns& columns,
                          const std::vector<std::string>* features) {
  if (table.column(columns.id) < 0 && table.column(columns.time) < 0)
    file_error({table.name(), ":1:1: there are no columns \"", printable(columns.id), "\" and \"",
                printable(columns.time), "\"; name them with --id and --time"});
  SeriesSet like;
  if (features) like.features = *features;
  for (const std::string& name : columns.drop)
    if (!features && table.column(name) < 0) {
      const std::string near = nearest_of(name, table.columns());
      file_error({table.name(), ":1:1: there is no column \"", printable(name), "\" to drop",
                  near.empty() ? "" : "; the nearest is \"" + near + "\""});
    }
  for (const std::string& name : table.columns()) {
    const bool role = name == columns.id || name == columns.time || name == columns.label;
    const bool dropped =
        std::find(columns.drop.begin(), columns.drop.end(), name) != columns.drop.end();
    if (!features && !role && !dropped) like.features.push_back(name);
  }
  if (like.features.empty()) file_error({table.name(), ":1:1: there is no feature column"});
  SeriesSet set = unlabelled_series(table, like, columns);
  set.classes = {""};
  for (Series& s : set.series) s.label = 0;
  return set;
}

std::string forecast_data_text(const char* what, const std::string& file, const SeriesSet& set) {
  const std::vector<int64_t> lengths = set.lengths();
  const auto [low, high] = std::minmax_element(lengths.begin(), lengths.end());
  const auto alone = std::count(lengths.begin(), lengths.end(), 1);
  std::string out = text({what, " ", file, ": ", set.size(), " series of ", *low, " to ", *high,
                          " steps, ", set.features.size(), " features\n"});
  if (set.missing)
    out += text({"  ", set.missing,
                 " empty cells: no targets; read as the last value of the series, else the "
                 "median\n"});
  if (alone) out += text({"  ", alone, " series of one step have no next one, and are left out\n"});
  for (const std::string& column : set.ignored)
    out += text({"  column ", printable(column), " is not in the training data: ignored\n"});
  return out;
}

std::string constant_features_text(const ClassifySchema& schema) {
  std::string out;
  for (size_t f = 0; f < schema.features.size(); ++f)
    if (!std::isfinite(schema.scale.deviation[f]))
      out += text({"  column ", printable(schema.features[f]), " is constant: no target\n"});
  return out;
}

Json forecast_figures(const ForecastFigures& f, const std::vector<std::string>& features) {
  const auto by_feature = [&](const std::vector<double>& values) {
    Json all = Json::object();
    for (size_t i = 0; i < features.size(); ++i)
      all[features[i]] = std::isfinite(values[i]) ? Json(values[i]) : Json();
    return all;
  };
  Json all;
  all["rmse"] = by_feature(f.model.rmse);
  all["last_value_rmse"] = by_feature(f.last_value.rmse);
  all["mean_rmse"] = by_feature(f.mean.rmse);
  all["last_value_loss"] = f.last_value.loss, all["mean_loss"] = f.mean.loss;
  return all;
}

std::string forecast_table(const Json& figures) {
  Table t{.columns = {{"feature"}, {"rmse", 4, true}, {"last value", 4, true}, {"mean", 4, true}}};
  const auto cell = [](const Json& v) { return v.is_null() ? NAN : v.number(); };
  for (const auto& [name, value] : figures.at("rmse").members())
    t.rows.push_back({printable(name, 24), cell(value),
                      cell(figures.at("last_value_rmse").at(name)),
                      cell(figures.at("mean_rmse").at(name))});
  std::string out = "\n";
  out += table_text(t);
  return out;
}

std::string forecasts_csv(const SeriesSet& set, const ClassifySchema& schema, int64_t window,
                          const SeriesForecaster& model) {
  Table t{.columns = {{schema.columns.id}, {schema.columns.time}}};
  for (const std::string& name : schema.features) t.columns.push_back({name});
  for (const Series& s : set.series) {
    const auto keep = std::min<size_t>(s.times.size(), static_cast<size_t>(window));
    const auto last = [&](const std::vector<double>& all, size_t count) {
      return std::vector<double>(all.end() - static_cast<std::ptrdiff_t>(count), all.end());
    };
    SeriesSet one;
    one.features = set.features, one.classes = set.classes;
    one.series.push_back({.id = s.id,
                          .times = last(s.times, keep),
                          .values = last(s.values, keep * schema.features.size()),
                          .label = 0});
    const SeriesBatch b = series_batch(one, schema.scale, std::vector<int64_t>{0});
    const Tensor said = model(b.values, b.times, b.lengths);
    check_answers(said, [&](int64_t) { return "series " + printable(s.id); });
    const std::vector<double> next =
        select(select(said, 0, 0), 0, said.size(1) - 1).to_vector<double>();
    t.rows.push_back({s.id, s.times.back()});
    for (size_t f = 0; f < next.size(); ++f) {
      const double deviation = schema.scale.deviation[f];
      const double changed = std::isfinite(deviation) ? deviation * next[f] : 0;
      char number[32];  // as exact as the model's numbers are
      std::snprintf(number, sizeof number, "%.7g", schema.scale.mean[f] + changed);
      t.rows.back().push_back(std::string(number));
    }
  }
  return csv_text(t);
}

}  // namespace gradus::tools
