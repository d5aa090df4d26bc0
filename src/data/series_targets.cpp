// SPDX-License-Identifier: MIT
// Reads targets as columns that are taken out of the values once rows are grouped.
#include "data/series_targets.h"

#include <algorithm>
#include <cmath>

#include "data/series_names.h"
#include "gradus/data/series_parts.h"

namespace gradus {
namespace {

constexpr double too_large_target = 1e30;  // its square would overflow f32

std::vector<double> target_values(const CsvTable& t, int column) {
  std::vector<double> values;
  for (int64_t row = 0; row < t.rows(); ++row) {
    const std::string_view cell = t.cell(row, column);
    double v = NAN;
    const bool number = t.missing(row, column) || parse_number(cell, v);
    if (!number) {
      const std::string hint = number_hint(cell);
      t.fail(row, column,
             {column_words(t, column), ", the target: \"", printable(cell, 30),
              "\" is not a number; ", hint.empty() ? "expected numbers to predict" : hint,
              hint.empty() ? "; train classify predicts classes" : ""});
    }
    if (std::abs(v) >= too_large_target)
      t.fail(row, column,
             {column_words(t, column), ", the target: ", cell, " is too large; --missing ", cell,
              " reads it as missing"});
    values.push_back(v);
  }
  return values;
}

// Takes the last known value of each target of a series out of its values.
struct TargetTaker {
  const CsvTable& table;
  SeriesSet& set;
  int64_t changing = 0, without = 0;  // series
  std::string first{};                // of those that change

  // Whether the series has all targets.
  bool take(Series& s) {
    const size_t count = set.targets.size(), width = set.features.size() + count;
    s.targets.assign(count, NAN);
    bool changes = false;
    for (size_t step = 0; step < s.times.size(); ++step)
      for (size_t k = 0; k < count; ++k) {
        const double v = s.values[step * width + set.features.size() + k];
        if (std::isnan(v)) continue;
        changes = changes || (!std::isnan(s.targets[k]) && s.targets[k] != v);
        s.targets[k] = v;
      }
    std::vector<double> values;
    for (size_t i = 0; i < s.values.size(); ++i)
      if (i % width < set.features.size()) values.push_back(s.values[i]);
    s.values = std::move(values);
    if (changes && changing++ == 0) first = printable(s.id);
    return std::none_of(s.targets.begin(), s.targets.end(), [](double v) { return std::isnan(v); });
  }
};

}  // namespace

void check_targets(const CsvTable& t, const std::vector<std::string>& targets,
                   const SeriesColumns& names) {
  for (const std::string& name : targets) {
    const std::string near = nearest_of(name, t.columns());
    if (t.column(name) < 0)
      file_error({t.name(), ":1:1: there is no target column \"", printable(name), "\"",
                  near.empty() ? "" : "; the nearest is \"" + near + "\"",
                  "; --target NAME names the column of numbers to predict"});
    if (name == names.id || name == names.time)
      file_error({t.name(), ":1:", t.column(name) + 1, ": column \"", printable(name),
                  "\" is the target and also the column of ", name == names.id ? "ids" : "times"});
    if (std::find(names.drop.begin(), names.drop.end(), name) != names.drop.end())
      file_error({t.name(), ":1:", t.column(name) + 1, ": the target \"", printable(name),
                  "\" cannot be dropped"});
    if (std::count(targets.begin(), targets.end(), name) > 1)
      file_error({t.name(), ": the target \"", printable(name), "\" is given twice"});
  }
}

void group_with_targets(const CsvTable& t, const Roles& roles, const SeriesColumns& names,
                        TableValues values, SeriesSet& set) {
  for (const std::string& name : set.targets)
    values.features.push_back(target_values(t, t.column(name)));
  group_rows(t, roles, names, values, Purpose::forecast, set);
  TargetTaker taker{t, set};
  std::vector<bool> kept;
  for (Series& s : set.series) {
    kept.push_back(taker.take(s));
    if (kept.back()) continue;
    if (!names.skip_unlabelled)
      file_error({t.name(), ":", s.line(), ": series ", printable(s.id), " has no value of ",
                  listed(set.targets), " to predict; --skip-unlabelled leaves such series out"});
    ++taker.without;
  }
  SeriesSet part = chosen_series(set, kept);  // it counts their empty cells, without the targets
  set.series = std::move(part.series);
  set.missing = part.missing;
  if (taker.without > 0)
    set.notes.push_back(text({taker.without, " series without a target: left out"}));
  if (taker.changing > 0)
    set.notes.push_back(
        text({"the target changes within ", taker.changing, " series (", taker.first,
              taker.changing > 1 ? ", ..." : "", "): the last value is predicted from all steps"}));
  if (set.series.empty()) file_error({t.name(), ": no series has a target; expected one or more"});
}

void check_spread(const SeriesSet& set) {
  for (size_t k = 0; k < set.targets.size(); ++k)
    if (std::all_of(set.series.begin(), set.series.end(),
                    [&](const Series& s) { return s.targets[k] == set.series[0].targets[k]; }))
      file_error({set.file, ": the target ", printable(set.targets[k]), " is ",
                  set.series[0].targets[k], " in all ", set.size(),
                  " series: there is nothing to learn"});
}

}  // namespace gradus
