// SPDX-License-Identifier: MIT
// Pictures of attention among the steps of a series.
#include "tools/tasks/series_views.h"

#include <algorithm>

namespace gradus::tools {

AttentionPicture series_attention(const AttentionRecords& seen, bool layers, const std::string& who,
                                  const std::vector<std::string>& times,
                                  const AttentionChoice& choice) {
  AttentionPicture p = chosen_attention(seen, layers ? "encoder.layers." : "pooling",
                                        layers ? ".self_attn" : "", choice);
  p.title = who + ", " + p.title;
  p.cols = times;
  p.rows = layers ? times : std::vector<std::string>{"pooling"};
  p.row_axis = "from time";
  p.col_axis = "to time";
  return p;
}

std::vector<std::string> time_texts(const SeriesSet& set, const Series& series, int64_t steps) {
  std::vector<std::string> all;
  for (int64_t t = 0; t < steps; ++t)
    all.push_back(set.time_text(series.times[static_cast<size_t>(t)]));
  return all;
}

std::vector<int64_t> longest_members(const SeriesSet& set, int64_t count) {
  const std::vector<int64_t> lengths = set.lengths();
  const auto longest = std::max_element(lengths.begin(), lengths.end()) - lengths.begin();
  return std::vector<int64_t>(static_cast<size_t>(count), longest);
}

}  // namespace gradus::tools
