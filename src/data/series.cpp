// SPDX-License-Identifier: MIT
// Grouping rows into series, and parting sets of them.
#include "gradus/data/series.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "gradus/data/batch.h"

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

namespace {

struct Roles {
  int id, time, label;  // -1: not there
  bool plain() const { return id < 0; }
};

Roles roles_of(const CsvTable& t, const SeriesColumns& names, bool labelled = true) {
  const Roles r{t.column(names.id), t.column(names.time), t.column(names.label)};
  const auto missing = [&](const std::string& role, const std::string& name) {
    const std::string near = nearest_of(name, t.columns());
    file_error({t.name(), ":1:1: there is no ", role, " column \"", printable(name), "\"",
                near.empty() ? "" : "; the nearest is \"" + near + "\"", ". Name it with --",
                role});
  };
  if (r.label < 0 && labelled) missing("label", names.label);
  if (r.id < 0 && r.time >= 0) missing("id", names.id);
  if (r.time < 0 && r.id >= 0) missing("time", names.time);
  if (t.rows() == 0) file_error({t.name(), ":1:1: there is a header, but no row of data"});
  return r;
}

std::string_view filled(const CsvTable& t, int64_t row, int column) {
  const std::string_view cell = t.cell(row, column);
  if (cell.empty())
    t.fail(row, column,
           {"column ", printable(t.columns()[static_cast<size_t>(column)]), " is empty"});
  return cell;
}

std::vector<std::string> classes_of(const CsvTable& t, int label) {
  std::set<std::string, std::less<>> texts;
  for (int64_t row = 0; row < t.rows(); ++row) texts.insert(std::string(filled(t, row, label)));
  std::vector<std::string> classes(texts.begin(), texts.end());
  double unused = 0;
  const auto is_number = [&](const std::string& s) { return parse_number(s, unused); };
  if (std::all_of(classes.begin(), classes.end(), is_number))
    std::stable_sort(classes.begin(), classes.end(),
                     [](const std::string& a, const std::string& b) {
                       double x = 0, y = 0;
                       parse_number(a, x), parse_number(b, y);
                       return x < y;
                     });
  return classes;
}

// Rows into series; `set` knows its features and classes, `feature_columns` where they stand.
class Grouping {
 public:
  Grouping(const CsvTable& t, const Roles& roles, const std::vector<int>& feature_columns,
           SeriesSet& set, bool labelled = true)
      : t_(t), roles_(roles), columns_(feature_columns), set_(set), labelled_(labelled) {
    set.plain = roles.plain();
    for (size_t i = 0; i < set.classes.size(); ++i)
      class_of_[set.classes[i]] = static_cast<int64_t>(i);
  }
  void run() {
    for (int64_t row = 0; row < t_.rows(); ++row) add(row);
  }

 private:
  void add(int64_t row) {
    Series& s = series_of(row);
    const int64_t label = labelled_ ? label_of(row) : -1;
    if (s.length() > 0 && s.label != label)
      t_.fail(row, roles_.label,
              {"the label of series ", printable(s.id), " changes from ",
               printable(set_.classes[static_cast<size_t>(s.label)]), " to ",
               printable(t_.cell(row, roles_.label))});
    s.label = label;
    const double time = roles_.plain() ? 0 : t_.number(row, roles_.time);
    if (s.length() > 0 && !(time > s.times.back()))
      t_.fail(
          row, roles_.time,
          {"time ", time, " of series ", printable(s.id), " does not come after ", s.times.back()});
    s.times.push_back(time);
    for (int column : columns_) {
      const bool empty = t_.cell(row, column).empty();
      set_.missing += empty;
      s.values.push_back(empty ? std::numeric_limits<double>::quiet_NaN() : t_.number(row, column));
    }
  }

  Series& series_of(int64_t row) {
    const std::string id =
        roles_.plain() ? std::to_string(row + 1) : std::string(filled(t_, row, roles_.id));
    const auto [at, is_new] = index_.try_emplace(id, set_.series.size());
    if (is_new) {
      set_.series.emplace_back();
      set_.series.back().id = id;
      set_.series.back().line = t_.line(row);
    }
    return set_.series[at->second];
  }

  int64_t label_of(int64_t row) const {
    const std::string_view text = filled(t_, row, roles_.label);
    const auto at = class_of_.find(text);
    if (at == class_of_.end())
      t_.fail(row, roles_.label,
              {"label \"", printable(text), "\" does not occur in the training data"});
    return at->second;
  }

  const CsvTable& t_;
  const Roles roles_;
  const std::vector<int>& columns_;
  SeriesSet& set_;
  const bool labelled_;
  std::map<std::string, size_t> index_;
  std::map<std::string, int64_t, std::less<>> class_of_;
};

}  // namespace

namespace {

std::set<int> dropped_columns(const CsvTable& t, const SeriesColumns& names) {
  std::set<int> dropped;
  for (const std::string& name : names.drop) {
    const std::string near = nearest_of(name, t.columns());
    if (t.column(name) < 0)
      file_error({t.name(), ":1:1: there is no column \"", printable(name), "\" to drop",
                  near.empty() ? "" : "; the nearest is \"" + near + "\""});
    if (name == names.id || name == names.time || name == names.label)
      file_error({t.name(), ":1:", t.column(name) + 1, ": column \"", printable(name),
                  "\" cannot be dropped: it is the column of ids, times or labels"});
    dropped.insert(t.column(name));
  }
  return dropped;
}

}  // namespace

SeriesSet training_series(const CsvTable& table, const SeriesColumns& names) {
  const Roles roles = roles_of(table, names);
  const std::set<int> dropped = dropped_columns(table, names);
  SeriesSet set;
  std::vector<int> columns;
  for (int c = 0; c < static_cast<int>(table.columns().size()); ++c) {
    if (c == roles.id || c == roles.time || c == roles.label || dropped.count(c)) continue;
    columns.push_back(c);
    set.features.push_back(table.columns()[static_cast<size_t>(c)]);
  }
  if (columns.empty()) file_error({table.name(), ":1:1: there is no feature column"});
  set.classes = classes_of(table, roles.label);
  Grouping(table, roles, columns, set).run();
  return set;
}

namespace {

SeriesSet matched(const CsvTable& table, const SeriesSet& training, const SeriesColumns& names,
                  bool labelled) {
  const Roles roles = roles_of(table, names, labelled);
  if (roles.plain() != training.plain)
    file_error({table.name(), ":1:1: there ",
                training.plain ? "are columns \"" : "are no columns \"", printable(names.id),
                "\" and \"", printable(names.time), "\"; the training data had ",
                training.plain ? "none, one row was one series" : "them"});
  SeriesSet set;
  set.features = training.features, set.classes = training.classes;
  std::vector<int> columns;
  std::string absent;
  for (const std::string& feature : training.features) {
    columns.push_back(table.column(feature));
    if (columns.back() < 0) absent += (absent.empty() ? "" : ", ") + printable(feature);
  }
  if (!absent.empty())
    file_error({table.name(), ":1:1: columns of the training data are missing: ", absent});
  for (int c = 0; c < static_cast<int>(table.columns().size()); ++c)
    if (c != roles.id && c != roles.time && c != roles.label &&
        std::find(columns.begin(), columns.end(), c) == columns.end() &&
        std::find(names.drop.begin(), names.drop.end(), table.columns()[static_cast<size_t>(c)]) ==
            names.drop.end())
      set.ignored.push_back(table.columns()[static_cast<size_t>(c)]);
  Grouping(table, roles, columns, set, labelled).run();
  return set;
}

}  // namespace

SeriesSet matching_series(const CsvTable& table, const SeriesSet& training,
                          const SeriesColumns& names) {
  return matched(table, training, names, true);
}

SeriesSet unlabelled_series(const CsvTable& table, const SeriesSet& training,
                            const SeriesColumns& names) {
  return matched(table, training, names, false);
}

SeriesSet take_out(SeriesSet& set, double fraction, Generator& gen) {
  if (!(fraction > 0 && fraction < 1))
    argument_error({"take_out: ", fraction, " is no fraction; expected more than 0, less than 1"});
  std::vector<int64_t> wanted;
  for (int64_t n : set.class_counts()) {
    const auto share = static_cast<int64_t>(std::lround(fraction * static_cast<double>(n)));
    wanted.push_back(n < 2 ? 0 : std::clamp<int64_t>(share, 1, n - 1));
  }
  std::vector<bool> out(set.series.size());
  for (int64_t i : permutation(set.size(), gen)) {
    const auto at = static_cast<size_t>(i);
    out[at] = wanted[static_cast<size_t>(set.series[at].label)]-- > 0;
  }
  SeriesSet taken = chosen_series(set, out);
  out.flip();
  set = chosen_series(set, out);
  return taken;
}

SeriesSet chosen_series(const SeriesSet& set, const std::vector<bool>& chosen) {
  SeriesSet part;
  part.features = set.features, part.classes = set.classes, part.plain = set.plain;
  for (size_t i = 0; i < set.series.size(); ++i) {
    if (!chosen[i]) continue;
    const Series& s = part.series.emplace_back(set.series[i]);
    part.missing +=
        std::count_if(s.values.begin(), s.values.end(), [](double v) { return std::isnan(v); });
  }
  return part;
}

std::vector<int64_t> stratified_folds(const SeriesSet& set, int64_t folds, Generator& gen) {
  if (folds < 2 || folds > set.size())
    argument_error({"stratified_folds: ", folds, " folds of ", set.size(),
                    " series; expected 2 or more, and no more than there are series"});
  const std::vector<int64_t> order = permutation(set.size(), gen);
  std::vector<int64_t> fold(set.series.size());
  int64_t dealt = 0;  // on through all classes, so that what is left over is shared as well
  for (size_t c = 0; c < set.classes.size(); ++c)
    for (int64_t i : order)
      if (set.series[static_cast<size_t>(i)].label == static_cast<int64_t>(c))
        fold[static_cast<size_t>(i)] = dealt++ % folds;
  return fold;
}

}  // namespace gradus
