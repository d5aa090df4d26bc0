// SPDX-License-Identifier: MIT
// Builds sets of series from tables: columns, then rows.
#include "gradus/data/series.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "data/series_names.h"
#include "data/series_rows.h"

namespace gradus {

std::vector<int64_t> SeriesSet::lengths() const {
  std::vector<int64_t> all;
  for (const Series& s : series) all.push_back(s.length());
  return all;
}

std::vector<int64_t> SeriesSet::class_counts() const {
  std::vector<int64_t> counts(classes.size());
  for (const Series& s : series)
    if (s.label >= 0) ++counts[static_cast<size_t>(s.label)];
  return counts;
}

SeriesSet SeriesSet::without_series() const {
  SeriesSet s;
  s.features = features;
  s.classes = classes;
  s.categories = categories;
  s.dates = dates;
  s.time_dates = time_dates;
  s.plain = plain;
  s.left_out = left_out;
  s.file = file;
  return s;
}

std::string SeriesSet::time_text(double time) const {
  return time_dates ? date_text(time, time_dates->unit) : text({time});
}

namespace {

std::set<int> dropped_columns(const CsvTable& t, const SeriesColumns& names, Roles& roles) {
  std::set<int> dropped;
  for (const std::string& name : names.drop) {
    const std::string near = nearest_of(name, t.columns());
    const int column = t.column(name);
    if (column < 0)
      file_error({t.name(), ":1:1: there is no column \"", printable(name), "\" to drop",
                  near.empty() ? "" : "; the nearest is \"" + near + "\""});
    if (roles.plain() && column == roles.id) roles.id = -1;  // each row is a series in any case
    else if (column == roles.id || column == roles.time || column == roles.label)
      file_error({t.name(), ":1:", column + 1, ": column \"", printable(name),
                  "\" cannot be dropped: it is the column of ",
                  column == roles.id     ? "ids; --id names another"
                  : column == roles.time ? "times; --time names another"
                                         : "labels; --label names another"});
    dropped.insert(column);
  }
  return dropped;
}

void check_text_columns(const CsvTable& t, const SeriesColumns& names) {
  for (const std::string& name : names.text)
    if (t.column(name) < 0) {
      const std::string near = nearest_of(name, t.columns());
      file_error({t.name(), ":1:1: there is no column \"", printable(name), "\" to read as text",
                  near.empty() ? "" : "; the nearest is \"" + near + "\""});
    }
}

// A set with the columns of a training table, and their values row by row.
TableValues training_columns(const CsvTable& t, Roles& roles, const SeriesColumns& names,
                             int unread, SeriesSet& set) {
  const std::set<int> dropped = dropped_columns(t, names, roles);
  check_text_columns(t, names);
  Faults faults(t);
  TableValues values;
  set.plain = roles.plain();
  if (roles.time >= 0) {
    TimeColumn times = time_column(t, roles.time, names, nullptr, faults, set.notes);
    values.times = std::move(times.values);
    set.time_dates = times.date;
  }
  for (int c = 0; c < static_cast<int>(t.columns().size()); ++c) {
    if (roles.holds(c) || c == unread || dropped.contains(c)) continue;
    const std::string& name = t.columns()[static_cast<size_t>(c)];
    FeatureColumn column = training_column(t, c, roles.id, names, faults, set.notes);
    if (column.left_out) {
      set.left_out.push_back(name);
      continue;
    }
    const size_t number = set.features.size();
    if (column.categories) set.categories[number] = std::move(*column.categories);
    if (column.date) set.dates[number] = *column.date;
    set.features.push_back(name);
    values.features.push_back(std::move(column.values));
  }
  faults.raise();
  if (!set.features.empty()) return values;
  std::string left;
  for (const std::string& name : set.left_out) left += (left.empty() ? "" : ",") + name;
  file_error({t.name(), ":1:1: there is no feature column",
              left.empty()
                  ? "; expected one besides ids, times and labels"
                  : "; these were left out, since their texts rarely repeat: " +
                        printable(left, 200) + " (--as-text " + shell_word(left) + " keeps them)"});
}

// The training columns in another table.
TableValues known_columns(const CsvTable& t, const Roles& roles, const SeriesColumns& names,
                          const SeriesSet& training, SeriesSet& set) {
  std::vector<int> columns;
  std::string absent;
  for (const std::string& feature : training.features) {
    columns.push_back(t.column(feature));
    if (columns.back() >= 0) continue;
    const std::string near = nearest_of(feature, t.columns());
    absent += (absent.empty() ? "" : ", ") + printable(feature);
    if (!near.empty()) absent += " (the nearest is \"" + printable(near) + "\")";
  }
  if (!absent.empty())
    file_error({t.name(), ":1:1: columns of the training data are missing: ", absent});
  const auto in = [](const auto& list, const auto& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  for (int c = 0; c < static_cast<int>(t.columns().size()); ++c) {
    const std::string& name = t.columns()[static_cast<size_t>(c)];
    if (!roles.holds(c) && !in(columns, c) && !in(names.drop, name) && !in(training.left_out, name))
      set.ignored.push_back(name);
  }
  Faults faults(t);
  TableValues values;
  if (roles.time >= 0)
    values.times = time_column(t, roles.time, names, &training, faults, set.notes).values;
  for (size_t f = 0; f < columns.size(); ++f) {
    values.features.push_back(
        matching_column(t, columns[f], training, f, names, faults, set.notes));
    const std::vector<double>& x = values.features.back();
    if (!x.empty() && std::all_of(x.begin(), x.end(), [](double v) { return std::isnan(v); }))
      set.notes.push_back(
          text({column_words(t, columns[f]), ": empty in every row; read as ",
                training.is_text(f) ? "no category" : "the median of the training data"}));
  }
  faults.raise();
  return values;
}

// Labels that all are unknown, such as yes and no where training had 1 and 0, measure nothing.
void check_labels(const CsvTable& t, int column, const SeriesSet& training) {
  const std::vector<std::string> labels = sorted_names(t, column);
  if (labels.empty()) return;
  const ClassIndex classes(training.classes);
  for (const std::string& label : labels)
    if (classes.find(label) || classes.alike(label)) return;
  file_error({t.name(), ":1:", column + 1, ": none of the labels is a class of the training data: ",
              column_words(t, column), " has ", listed(labels), "; the classes are ",
              listed(training.classes), ". Write the same labels in both files"});
}

SeriesSet matched(const CsvTable& table, const SeriesSet& training, const SeriesColumns& names,
                  Purpose purpose) {
  const Roles roles = roles_of(table, names, purpose, training.plain);
  if (roles.plain() != training.plain)
    file_error({table.name(), ":1:1: there ",
                training.plain ? "are columns \"" : "are no columns \"", printable(names.id),
                "\" and \"", printable(names.time), "\"; the training data had ",
                training.plain ? "none: each row was a series" : "them"});
  SeriesSet set = training.without_series();
  const TableValues values = known_columns(table, roles, names, training, set);
  if (purpose == Purpose::classes) check_labels(table, roles.label, training);
  group_rows(table, roles, names, values, purpose, set);
  set.file = table.name();
  if (set.series.empty())
    file_error({table.name(), ": no series with a label is left; expected one or more"});
  return set;
}

}  // namespace

namespace {

// A forecast of numbers that never change teaches nothing.
void check_changes(const SeriesSet& set) {
  const size_t width = set.features.size();
  std::string constant;
  for (size_t f = 0; f < width; ++f) {
    if (!set.is_number(f)) continue;
    std::optional<double> first;
    bool changes = false;
    for (const Series& s : set.series)
      for (size_t i = f; i < s.values.size(); i += width)
        if (!std::isnan(s.values[i])) {
          changes = changes || s.values[i] != first.value_or(s.values[i]);
          first = s.values[i];
        }
    if (changes) return;
    constant += (constant.empty() ? "" : ", ") + printable(set.features[f]);
  }
  file_error({set.file, ":1:1: there is nothing to forecast: each numeric column has one value in ",
              "all rows (", constant, ")"});
}

}  // namespace

SeriesSet training_series(const CsvTable& table, const SeriesColumns& names) {
  Roles roles = roles_of(table, names, Purpose::classes);
  SeriesSet set;
  const TableValues values = training_columns(table, roles, names, -1, set);
  set.file = table.name();
  set.classes = sorted_names(table, roles.label);
  note_alike(table, roles.label, set.classes, "classes", set.notes);
  if (const std::string hint = series_hint(table, roles); !hint.empty()) set.notes.push_back(hint);
  group_rows(table, roles, names, values, Purpose::classes, set);
  if (set.series.empty())
    file_error({table.name(), ": no series has a label; expected one in each series"});
  return set;
}

SeriesSet matching_series(const CsvTable& table, const SeriesSet& training,
                          const SeriesColumns& names) {
  return matched(table, training, names, Purpose::classes);
}

SeriesSet unlabelled_series(const CsvTable& table, const SeriesSet& training,
                            const SeriesColumns& names) {
  return matched(table, training, names, Purpose::unlabelled);
}

SeriesSet forecast_series(const CsvTable& table, const SeriesColumns& names) {
  Roles roles = roles_of(table, names, Purpose::forecast);
  const int label = std::exchange(roles.label, -1);
  SeriesSet set;
  const TableValues values = training_columns(table, roles, names, label, set);
  set.classes = {""};
  bool numbers = false;
  for (size_t f = 0; f < set.features.size(); ++f) numbers = numbers || set.is_number(f);
  if (!numbers)
    file_error({table.name(), ":1:1: no column contains numbers, so there is nothing to forecast"});
  group_rows(table, roles, names, values, Purpose::forecast, set);
  set.file = table.name();
  check_changes(set);
  return set;
}

SeriesSet matching_forecast_series(const CsvTable& table, const SeriesSet& training,
                                   const SeriesColumns& names) {
  return matched(table, training, names, Purpose::forecast);
}

std::string label_objection(const SeriesSet& set) {
  const auto classes = static_cast<int64_t>(set.classes.size());
  int64_t numbers = 0, decimals = 0;
  for (const std::string& name : set.classes) {
    double v = 0;
    if (!parse_number(name, v)) continue;
    ++numbers;
    decimals += v != std::trunc(v);
  }
  const int64_t series = set.size();
  const bool each = classes == series && series >= 10;
  const bool fine = decimals > 0 ? classes > 20 || (classes > 5 && 5 * classes > series)
                                 : classes > 20 && 2 * classes > series;
  if (numbers == classes && (fine || each))
    return text({"the labels are ", classes, " different numbers in ", series, " series, from ",
                 set.classes.front(), " to ", set.classes.back(),
                 ": a number to predict, not classes. gradus has no regression; group the numbers "
                 "into a few ranges (low, middle, high), or use --as-classes to train one class "
                 "per number"});
  if (!each) return "";
  return text({"each of the ", series, " series has a different label, such as ",
               printable(set.classes.front()),
               ": nothing can be learned from that. Is --label the right column? --as-classes "
               "trains on such classes anyway"});
}

}  // namespace gradus
