// SPDX-License-Identifier: MIT
// The report on a table of series.
#include "gradus/data/series_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <set>

namespace gradus {
namespace {

// Identifiers count up, or are constant within each series and differ between series.
bool looks_like_id(const SeriesSet& set, size_t feature) {
  const size_t width = set.features.size();
  std::vector<double> by_series, all;
  bool steady = true;
  for (const Series& s : set.series) {
    by_series.push_back(s.values[feature]);
    for (size_t i = feature; i < s.values.size(); i += width) {
      if (!(s.values[i] == std::round(s.values[i]))) return false;
      steady = steady && s.values[i] == by_series.back();
      all.push_back(s.values[i]);
    }
  }
  const auto differ = [](const std::vector<double>& x) {
    return x.size() >= 20 && std::set<double>(x.begin(), x.end()).size() == x.size();
  };
  return (steady && all.size() > by_series.size() && differ(by_series)) ||
         (differ(all) && std::is_sorted(all.begin(), all.end()));
}

std::string line_list(const std::vector<int64_t>& lines, int64_t count) {
  std::string all = count == 1 ? "line " : "lines ";
  for (size_t i = 0; i < lines.size(); ++i) all += text({i ? ", " : "", lines[i]});
  return text({all, count > static_cast<int64_t>(lines.size()) ? ", ..." : ""});
}

std::string percent(int64_t part, int64_t whole) {
  char words[32];
  std::snprintf(words, sizeof words, "%.2g %%",
                100 * static_cast<double>(part) / static_cast<double>(whole));
  return words;
}

// "2.5"
std::string mean_text(int64_t all, size_t parts) {
  char words[32];
  std::snprintf(words, sizeof words, "%.3g", static_cast<double>(all) / static_cast<double>(parts));
  return words;
}

// The first names, and their total count.
template <class T, class F> std::string listed(const std::vector<T>& all, size_t most, F&& word) {
  std::string words;
  for (size_t i = 0; i < all.size() && i < most; ++i) words += text({i ? ", " : "", word(i)});
  return text({words, all.size() > most ? ", ..." : ""});
}

// Remarks about columns, grouped by kind: a line per column would fill screens for a wide table.
class Remarks {
 public:
  void add(const std::string& kind, const std::string& line) {
    Kind& k = kinds_[kind];
    if (++k.count <= most) lines_.push_back(line);
    else if (k.count == most + 1) k.at = lines_.size();
  }
  std::string text_of_all() {
    std::vector<std::string> more(lines_.size() + 1);
    for (const auto& [kind, k] : kinds_)
      if (k.count > most)
        more[k.at] +=
            text({"  ", k.count - most, k.count == most + 1 ? " more column" : " more columns",
                  ": ", kind, "\n"});
    std::string all;
    for (size_t i = 0; i < lines_.size(); ++i) all += more[i] + lines_[i];
    return all + more.back();
  }

 private:
  static constexpr int64_t most = 10;
  struct Kind {
    int64_t count = 0;
    size_t at = 0;
  };
  std::map<std::string, Kind> kinds_;
  std::vector<std::string> lines_;
};

void remark_training(const FeatureReport& f, const std::string& name, Remarks& out) {
  if (f.constant && f.categories.empty())
    out.add("always the same; left out",
            name + text({"always ", f.value, "; it carries no information and is left out\n"}));
  if (f.categories.size() == 1)
    out.add("always the same text",
            name + text({"always ", printable(f.categories[0]), "; it carries no information\n"}));
  if (f.categories.size() > 1)
    out.add("texts",
            name + text({f.categories.size(), " categories: ",
                         listed(f.categories, 6,
                                [&](size_t i) { return printable(f.categories[i], 20); }),
                         f.categories.size() > most_columns ? "; learned vectors\n" : "\n"}));
  if (f.id_like && !f.constant)
    out.add("probably row numbers or names",
            text({name, "looks like a row number or a name; --drop ", printable(f.name),
                  " leaves it out\n"}));
}

void remark(const FeatureReport& f, int64_t rows, bool training, Remarks& out) {
  const std::string name = text({"  column ", printable(f.name), ": "});
  if (f.missing == rows) {  // for other files a note reports it
    if (training)
      out.add("empty in every row; left out", name + "empty in every row; it is left out\n");
    return;
  }
  if (f.missing > 0)
    out.add("empty cells, filled likewise",
            name + text({f.missing, f.missing == 1 ? " empty cell (" : " empty cells (",
                         percent(f.missing, rows), ", ", line_list(f.lines, f.missing),
                         "), filled with the last value of the series, else with ",
                         f.categories.empty() ? "the median\n" : "no category\n"}));
  if (training) remark_training(f, name, out);
}

}  // namespace

std::vector<FeatureReport> feature_reports(const CsvTable& table, const SeriesSet& set) {
  std::vector<FeatureReport> all;
  for (size_t i = 0; i < set.features.size(); ++i) {
    FeatureReport f{.name = set.features[i], .lines = {}, .categories = {}};
    if (set.is_text(i)) f.categories = set.categories.at(i);
    const int column = table.column(f.name);
    for (int64_t row = 0; row < table.rows(); ++row)
      if (table.cell(row, column).empty() && ++f.missing <= 3) f.lines.push_back(table.line(row));
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Series& s : set.series)
      for (size_t at = i; at < s.values.size(); at += set.features.size())
        if (!std::isnan(s.values[at])) {
          low = std::min(low, s.values[at]);
          high = std::max(high, s.values[at]);
        }
    f.constant = !(low < high);
    f.value = std::isfinite(low) ? low : std::numeric_limits<double>::quiet_NaN();
    f.id_like = !f.constant && set.is_number(i) && looks_like_id(set, i);
    all.push_back(std::move(f));
  }
  return all;
}

std::string steps_text(int64_t low, int64_t high) {
  if (low != high) return text({low, " to ", high, " steps"});
  return text({low, low == 1 ? " step" : " steps"});
}

std::string notes_text(const std::vector<std::string>& notes) {
  std::string all;
  for (const std::string& note : notes) all += "  " + note + "\n";
  return all;
}

std::string new_file_text(const SeriesSet& set) {
  std::string all;
  for (const std::string& name : set.ignored)
    all += text({"column ", printable(name), " is not in the training data: ignored\n"});
  for (const std::string& note : set.notes) all += note + "\n";
  return all;
}

std::string series_report(const CsvTable& table, const SeriesSet& set, const SeriesColumns& columns,
                          bool training) {
  std::vector<int64_t> lengths = set.lengths();
  std::sort(lengths.begin(), lengths.end());
  const std::vector<int64_t> counts = set.class_counts();
  std::string all = text({"  ", table.rows(), " rows, ", set.size(), " series"});
  all += set.plain ? text({", one row each: there is no column ", printable(columns.time), "\n"})
                   : text({" of ", steps_text(lengths.front(), lengths.back()), ", median ",
                           lengths[lengths.size() / 2], "\n"});
  all +=
      text({"  ", set.features.size(), set.features.size() == 1 ? " feature: " : " features: ",
            listed(set.features, 12, [&](size_t i) { return printable(set.features[i]); }), "\n"});
  const bool labelled = std::any_of(counts.begin(), counts.end(), [](int64_t n) { return n > 0; });
  if (labelled && set.targets.empty())
    all += text({"  ", counts.size(), " classes, with series: ",
                 listed(counts, 12,
                        [&](size_t i) {
                          return printable(set.classes[i], 20) + text({" ", counts[i]});
                        }),
                 "\n"});
  if (counts.size() > 20 && static_cast<size_t>(set.size()) < 10 * counts.size())
    all +=
        text({"  few series per class: ", mean_text(set.size(), counts.size()), " on average\n"});
  for (const std::string& name : columns.drop)
    if (table.column(name) >= 0) all += text({"  column ", printable(name), ": dropped\n"});
  for (const std::string& name : set.ignored)
    all += text({"  column ", printable(name), ": not in the training data, ignored\n"});
  Remarks remarks;
  for (const FeatureReport& f : feature_reports(table, set))
    remark(f, table.rows(), training, remarks);
  return all + remarks.text_of_all() + notes_text(set.notes);
}

}  // namespace gradus
