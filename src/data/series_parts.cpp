// SPDX-License-Identifier: MIT
// Splits sets of series.
#include "gradus/data/series_parts.h"

#include <algorithm>
#include <cmath>

#include "gradus/data/batch.h"

namespace gradus {

SeriesSet take_out(SeriesSet& set, double fraction, Generator& gen) {
  if (!(fraction > 0 && fraction < 1))
    argument_error({"take_out: ", fraction, " is not a fraction above 0 and below 1"});
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
  SeriesSet part = set.without_series();
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
                    " series; expected 2 or more folds, and at least as many series"});
  std::vector<std::vector<size_t>> of_class(set.classes.size());
  for (int64_t i : permutation(set.size(), gen)) {
    const auto at = static_cast<size_t>(i);
    of_class[static_cast<size_t>(set.series[at].label)].push_back(at);
  }
  std::vector<int64_t> fold(set.series.size());
  int64_t dealt = 0;  // continues across classes, so that remainders are balanced too
  for (const std::vector<size_t>& members : of_class)
    for (size_t i : members) fold[i] = dealt++ % folds;
  return fold;
}

}  // namespace gradus
