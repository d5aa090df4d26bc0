// SPDX-License-Identifier: MIT
// Groups, sorts and labels rows.
#include "data/series_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "data/series_names.h"
#include "gradus/base/phase.h"

namespace gradus {
namespace {

using Rows = std::vector<int64_t>;

// "3 series", with the first names.
struct Named {
  int64_t count = 0;
  std::string first{};
  void add(const std::string& id) {
    if (count++ == 0) first = printable(id);
  }
  std::string words() const {
    return count == 1 ? "series " + first
                      : text({count, " series (", first, count > 1 ? ", ..." : "", ")"});
  }
};

class Grouping {
 public:
  Grouping(const CsvTable& t, const Roles& roles, const SeriesColumns& names,
           const TableValues& values, Purpose purpose, SeriesSet& set)
      : t_(t),
        roles_(roles),
        names_(names),
        values_(values),
        labelled_(purpose == Purpose::classes),
        other_label_(purpose == Purpose::forecast ? 0 : -1),
        set_(set),
        classes_(set.classes) {}

  void run() {
    const auto groups = grouped();
    Phase phase("putting rows into series", std::ssize(groups));
    for (const auto& [id, rows] : groups) {
      add(id, rows);
      phase.next();
    }
    add_notes();
  }

 private:
  std::vector<std::pair<std::string, Rows>> grouped() {
    std::vector<std::pair<std::string, Rows>> groups;
    std::unordered_map<std::string, size_t> index;
    for (int64_t row = 0; row < t_.rows(); ++row) {
      std::string id = roles_.one_series ? "1" : std::to_string(row + 1);
      if (roles_.id >= 0) id = t_.cell(row, roles_.id);
      if (id.empty())
        t_.fail(row, roles_.id,
                {column_words(t_, roles_.id), " is empty; expected the name of a series"});
      // Without times each row is a series, regardless of its id.
      const auto key = roles_.plain() ? std::to_string(row) : id;
      const auto [at, is_new] = index.try_emplace(key, groups.size());
      if (is_new) {
        groups.emplace_back(id, Rows{});
        if (roles_.id >= 0 && !roles_.plain()) note_number(id);
      }
      groups[at->second].second.push_back(row);
    }
    return groups;
  }

  // 3 and 3.0 are two ids.
  void note_number(const std::string& id) {
    double v = 0;
    if (!parse_number(id, v)) return;
    const auto [at, is_new] = numbers_.try_emplace(v, id);
    if (!is_new) twins_.add(text({at->second, " and ", id}));
  }

  double time(int64_t row, size_t step) const {
    return values_.times.empty() ? static_cast<double>(step)
                                 : values_.times[static_cast<size_t>(row)];
  }

  void add(const std::string& id, Rows rows) {
    const std::optional<int64_t> label = label_of(id, rows);
    if (!label) return;
    if (!values_.times.empty()) sort(id, rows);
    Series s{.id = id, .times = {}, .values = {}, .label = *label};
    for (size_t i = 0; i < rows.size(); ++i) {
      const int64_t row = rows[i];
      if (i > 0 && !values_.times.empty() && time(row, i) == s.times.back()) {
        add_again(s, row, rows[i - 1]);
        continue;
      }
      s.times.push_back(time(row, s.times.size()));
      s.lines.push_back(t_.line(row));
      for (const std::vector<double>& column : values_.features)
        s.values.push_back(column[static_cast<size_t>(row)]);
      same_ = 1;
    }
    set_.missing +=
        std::count_if(s.values.begin(), s.values.end(), [](double v) { return std::isnan(v); });
    set_.series.push_back(std::move(s));
  }

  void sort(const std::string& id, Rows& rows) {
    const auto earlier = [&](int64_t a, int64_t b) { return time(a, 0) < time(b, 0); };
    if (std::is_sorted(rows.begin(), rows.end(), earlier)) return;
    std::stable_sort(rows.begin(), rows.end(), earlier);
    sorted_.add(id);
  }

  // Another row with the time of the last step.
  void add_again(Series& s, int64_t row, int64_t before) {
    const size_t width = values_.features.size(), at = s.values.size() - width;
    const auto equal = [](double a, double b) {
      return a == b || (std::isnan(a) && std::isnan(b));
    };
    bool copy = true;
    for (size_t f = 0; f < width; ++f)
      copy = copy && equal(s.values[at + f], values_.features[f][static_cast<size_t>(row)]);
    if (copy) {
      copies_.add(s.id);
      return;
    }
    if (names_.duplicates == Duplicates::refuse)
      t_.fail(
          row, roles_.time,
          {"time ", set_.time_text(s.times.back()), " of series ", printable(s.id),
           " occurs twice, in lines ", t_.line(before), " and ", t_.line(row),
           ", with different values; --duplicates first, last or mean merges them",
           roles_.one_series ? "; if the rows belong to several series, name their column with --id"
                             : ""});
    merged_.add(s.id);
    ++same_;
    for (size_t f = 0; f < width; ++f) {
      double& old = s.values[at + f];
      const double now = values_.features[f][static_cast<size_t>(row)];
      if (names_.duplicates == Duplicates::last || std::isnan(old))
        old = names_.duplicates == Duplicates::first || std::isnan(now) ? old : now;
      else if (names_.duplicates == Duplicates::mean && !std::isnan(now))
        old = set_.is_text(f) ? now : old + (now - old) / static_cast<double>(same_);
    }
  }

  // The index of a series' class; nullopt if the series is to be skipped.
  std::optional<int64_t> label_of(const std::string& id, const Rows& rows) {
    if (!labelled_) return other_label_;
    int64_t first = -1;  // row with a label
    int64_t empty = 0;
    for (int64_t row : rows) {
      const std::string_view cell = t_.cell(row, roles_.label);
      empty += cell.empty();
      if (cell.empty()) continue;
      if (first < 0) first = row;
      const std::string_view before = t_.cell(first, roles_.label);
      if (!same_name(before, cell))
        t_.fail(row, roles_.label,
                {"the label of series ", printable(id), " changes from ", printable(before), " to ",
                 printable(cell), "; expected one label per series"});
    }
    if (first < 0 && names_.skip_unlabelled) {
      unlabelled_.add(id);
      return {};
    }
    if (first < 0)
      t_.fail(rows[0], roles_.label,
              {column_words(t_, roles_.label), " is empty in all rows of series ", printable(id),
               "; --skip-unlabelled leaves such series out"});
    if (empty > 0) filled_.add(id);
    return class_of(first);
  }

  int64_t class_of(int64_t row) {
    const std::string_view label = t_.cell(row, roles_.label);
    if (const auto number = classes_.find(label)) return *number;
    if (const auto number = classes_.alike(label)) {
      alike_.add(text({printable(label, 20), " as ",
                       printable(set_.classes[static_cast<size_t>(*number)], 20)}));
      return *number;
    }
    if (names_.strict)
      t_.fail(row, roles_.label,
              {"label \"", printable(label), "\" does not occur in the training data"});
    ++unseen_[std::string(label)];
    return unknown_class;
  }

  void add_notes() {
    auto& notes = set_.notes;
    const bool clock = set_.time_dates && set_.time_dates->unit == TimeUnit::seconds_of_day;
    if (sorted_.count > 0)
      notes.push_back(text({"rows of ", sorted_.words(), " were not in order of time: sorted",
                            clock ? "; if a series passes midnight, its times need dates" : ""}));
    if (twins_.count > 0)
      notes.push_back(text({"some ids are the same number written differently (", twins_.first,
                            twins_.count > 1 ? ", ..." : "", "): read as different series"}));
    if (copies_.count > 0)
      notes.push_back(
          text({copies_.count, copies_.count == 1 ? " row is a copy" : " rows are copies",
                " of another row with the same time (series ", copies_.first,
                copies_.count > 1 ? ", ..." : "", "): read once"}));
    if (merged_.count > 0)
      notes.push_back(text({merged_.count, " more ", merged_.count == 1 ? "row" : "rows",
                            " with a time that the series already had (series ", merged_.first,
                            merged_.count > 1 ? ", ..." : "", "): merged"}));
    if (filled_.count > 0)
      notes.push_back(text(
          {"the label of ", filled_.words(), " is given in only some rows: it applies to all"}));
    if (unlabelled_.count > 0)
      notes.push_back(text({unlabelled_.words(), " without a label: left out"}));
    if (alike_.count > 0)
      notes.push_back(text({alike_.count,
                            " series with labels that training spelled "
                            "differently (",
                            alike_.first, alike_.count > 1 ? ", ..." : "", "): read as those"}));
    int64_t count = 0;
    std::string list;
    for (const auto& [label, n] : unseen_) {
      count += n;
      list += text({list.empty() ? "" : ", ", printable(label, 20), " ", n});
    }
    if (count > 0)
      notes.push_back(text({count, " series of classes unseen in training (", list,
                            "): counted as wrong; --strict refuses them"}));
  }

  const CsvTable& t_;
  const Roles& roles_;
  const SeriesColumns& names_;
  const TableValues& values_;
  const bool labelled_;
  const int64_t other_label_;
  SeriesSet& set_;
  const ClassIndex classes_;
  int64_t same_ = 1;                                 // rows in the last step
  std::unordered_map<double, std::string> numbers_;  // ids that are numbers
  Named sorted_, copies_, merged_, filled_, unlabelled_, alike_, twins_;
  std::map<std::string, int64_t> unseen_;
};

}  // namespace

void group_rows(const CsvTable& table, const Roles& roles, const SeriesColumns& columns,
                const TableValues& values, Purpose purpose, SeriesSet& set) {
  Grouping(table, roles, columns, values, purpose, set).run();
}

}  // namespace gradus
