// SPDX-License-Identifier: MIT
// Sorts predictions into bins by their probability.
#include "tools/report/calibration.h"

#include <algorithm>
#include <cmath>

namespace gradus::tools {

Calibration calibration_of(std::span<const int64_t> labels, std::span<const double> probabilities,
                           size_t classes) {
  constexpr size_t parts = 10;
  std::vector<Calibration::Bin> bins(parts);
  Calibration c;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    const std::span<const double> row = probabilities.subspan(i * classes, classes);
    const size_t of =
        classes == 2 ? 1
                     : static_cast<size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    const double p = std::clamp(row[of], 0.0, 1.0);
    Calibration::Bin& bin = bins[std::min(static_cast<size_t>(p * parts), parts - 1)];
    ++bin.count;
    bin.predicted += p;
    bin.observed += labels[i] == static_cast<int64_t>(of);
    ++c.samples;
  }
  for (Calibration::Bin& bin : bins) {
    if (bin.count == 0) continue;
    c.error += std::abs(bin.predicted - bin.observed) / static_cast<double>(c.samples);
    bin.predicted /= static_cast<double>(bin.count);
    bin.observed /= static_cast<double>(bin.count);
    c.bins.push_back(bin);
  }
  return c;
}

}  // namespace gradus::tools
