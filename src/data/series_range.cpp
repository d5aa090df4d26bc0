// SPDX-License-Identifier: MIT
// Outliers of a training set, and values out of its range.
#include "gradus/data/series_range.h"

#include <algorithm>

namespace gradus {
namespace {

// -999, 9999, 99999.0: common missing-value markers in tables.
bool in_nines(double v) {
  double nines = 99;
  while (nines < std::abs(v)) nines = 10 * nines + 9;
  return std::abs(v) == nines;
}

std::string value_text(const SeriesSet& set, size_t feature, double v) {
  const auto date = set.dates.find(feature);
  return date == set.dates.end() ? text({v}) : date_text(v, date->second.unit);
}

// The first position of a value, and its count.
struct Place {
  int64_t count = 0, line = 0;
  void add(const Series& s, size_t step) {
    if (count++ == 0 && step < s.lines.size()) line = s.lines[step];
  }
  std::string words() const {
    return text({count, count == 1 ? " cell" : " cells",
                 line > 0 ? text({" (", count == 1 ? "line " : "first in line ", line, ")"}) : ""});
  }
};

Place place_of(const SeriesSet& set, size_t feature, double value) {
  Place p;
  for (const Series& s : set.series)
    for (size_t t = 0; t < s.times.size(); ++t)
      if (s.values[t * set.features.size() + feature] == value) p.add(s, t);
  return p;
}

std::string outlier_note(const SeriesSet& set, size_t feature) {
  std::vector<double> x;
  for (const Series& s : set.series)
    for (size_t i = feature; i < s.values.size(); i += set.features.size())
      if (!std::isnan(s.values[i])) x.push_back(s.values[i]);
  if (x.size() < 8) return "";
  std::sort(x.begin(), x.end());
  const double median = x[x.size() / 2], width = x[x.size() * 3 / 4] - x[x.size() / 4];
  if (!(width > 0)) return "";
  for (const double end : {x.front(), x.back()}) {
    const double far = std::abs(end - median) / width;
    if (far < (in_nines(end) ? 20 : 1000)) continue;
    return text({"column ", printable(set.features[feature]), ": ", end, " in ",
                 place_of(set, feature, end).words(),
                 " is far from all others; if it marks a missing value, use --missing ", end});
  }
  return "";
}

}  // namespace

std::vector<std::string> outlier_notes(const SeriesSet& set) {
  std::vector<std::string> notes;
  for (size_t f = 0; f < set.features.size(); ++f) {
    if (!set.is_number(f)) continue;
    if (std::string note = outlier_note(set, f); !note.empty()) notes.push_back(std::move(note));
  }
  return notes;
}

FarValues far_values(const SeriesSet& set, const SeriesScale& scale) {
  FarValues all;
  const auto look = [&](const std::string& what, double low, double high, auto&& value,
                        auto&& shown) {
    const double margin = 3 * (high - low);
    Place place;
    double farthest = low;
    for (const Series& s : set.series)
      for (size_t t = 0; t < s.times.size(); ++t) {
        const double v = value(s, t);
        if (!(v < low - margin || v > high + margin)) continue;
        place.add(s, t);
        if (std::max(low - v, v - high) > std::max(low - farthest, farthest - high)) farthest = v;
      }
    if (place.count == 0) return;
    all.count += place.count;
    all.notes.push_back(text({what, ": ", place.words(), " far outside ", shown(low), " to ",
                              shown(high), ", the range of the training data, up to ",
                              shown(farthest), ": predictions there are guesses"}));
  };
  for (size_t f = 0; f < scale.low.size(); ++f) {
    if (set.is_text(f) || !(scale.low[f] < scale.high[f])) continue;
    look(
        "column " + printable(set.features[f]), scale.low[f], scale.high[f],
        [&](const Series& s, size_t t) { return s.values[t * set.features.size() + f]; },
        [&](double v) { return value_text(set, f, v); });
  }
  if (!set.plain && scale.low_time < scale.high_time)
    look(
        "times", scale.low_time, scale.high_time,
        [](const Series& s, size_t t) { return s.times[t]; },
        [&](double v) { return set.time_text(v); });
  return all;
}

}  // namespace gradus
