// SPDX-License-Identifier: MIT
// Shows the cells of series as in their file.
#include "tools/tasks/series_explained.h"

#include <cmath>

namespace gradus::tools {

Explained explained_data(const SeriesSet& set, const ClassifySchema& schema) {
  Explained e;
  e.columns = input_columns(schema.scale, schema.like, schema.columns.time);
  e.set = set;
  e.scale = schema.scale;
  e.baseline = schema.scale.texts.empty() ? "the mean of the training data"
                                          : "the mean of the training data, or no category";
  e.time = [like = set.without_series()](double time) { return like.time_text(time); };
  e.value = [like = schema.like, columns = e.columns](const Series& s, int64_t step,
                                                      size_t column) {
    const auto t = static_cast<size_t>(step);
    const int64_t feature = columns[column].feature;
    if (feature < 0) return t ? text({s.times[t] - s.times[t - 1]}) : std::string();
    const auto f = static_cast<size_t>(feature);
    const double v = s.values[t * like.features.size() + f];
    if (std::isnan(v)) return std::string();
    if (const auto date = like.dates.find(f); date != like.dates.end())
      return date_text(v, date->second.unit);
    if (!like.is_text(f)) return text({v});
    return v < 0 ? std::string("(unknown)") : like.categories.at(f)[static_cast<size_t>(v)];
  };
  return e;
}

}  // namespace gradus::tools
