// SPDX-License-Identifier: MIT
// Scaling series, and filling batches.
#include "gradus/data/series_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus {
namespace {

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const size_t half = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// The values of a series with empty cells filled: the last one known, else the median.
std::vector<double> carried_forward(const Series& s, const std::vector<double>& median) {
  std::vector<double> x = s.values;
  const size_t width = median.size();
  for (size_t i = 0; i < x.size(); ++i)
    if (std::isnan(x[i])) x[i] = i >= width ? x[i - width] : median[i % width];
  return x;
}

void scale_times(const SeriesSet& training, SeriesExtras::TimeGap wanted, SeriesScale& scale) {
  std::vector<double> gaps;
  scale.first_time = std::numeric_limits<double>::infinity();
  for (const Series& s : training.series) {
    scale.first_time = std::min(scale.first_time, s.times[0]);
    for (size_t i = 1; i < s.times.size(); ++i) gaps.push_back(s.times[i] - s.times[i - 1]);
  }
  if (!gaps.empty()) scale.gap = median_of(gaps);
  const bool irregular = std::any_of(gaps.begin(), gaps.end(), [&](double gap) {
    return std::abs(gap - scale.gap) > 1e-6 * scale.gap;
  });
  scale.time_gap = wanted == SeriesExtras::TimeGap::yes ||
                   (wanted == SeriesExtras::TimeGap::when_irregular && irregular);
}

size_t rows_of(const SeriesSet& set) {
  size_t rows = 0;
  for (const Series& s : set.series) rows += s.times.size();
  return rows;
}

// One step of a series as a model reads it: [width].
void fill_step(const Series& s, const SeriesScale& scale, const std::vector<double>& filled,
               size_t t, double* row) {
  const size_t known = scale.mean.size();
  for (size_t f = 0; f < known; ++f)
    row[f] = (filled[t * known + f] - scale.mean[f]) / scale.deviation[f];
  row += known;
  if (scale.time_gap) *row++ = t ? std::log1p((s.times[t] - s.times[t - 1]) / scale.gap) : 0;
  for (int64_t f : scale.masked)
    *row++ = std::isnan(s.values[t * known + static_cast<size_t>(f)]) ? 1 : 0;
}

}  // namespace

SeriesScale series_scale(const SeriesSet& training, const SeriesExtras& extras) {
  const size_t width = training.features.size();
  SeriesScale scale;
  scale_times(training, extras.time_gap, scale);
  for (size_t f = 0; f < width; ++f) {
    std::vector<double> known;
    for (const Series& s : training.series)
      for (size_t i = f; i < s.values.size(); i += width)
        if (!std::isnan(s.values[i])) known.push_back(s.values[i]);
    if (extras.missing_mask && known.size() < rows_of(training))
      scale.masked.push_back(static_cast<int64_t>(f));
    scale.median.push_back(median_of(std::move(known)));
  }
  std::vector<double> count(width), sum(width), squares(width);
  const auto each = [&](auto&& visit) {
    for (const Series& s : training.series) {
      const std::vector<double> x = carried_forward(s, scale.median);
      for (size_t i = 0; i < x.size(); ++i) visit(i % width, x[i]);
    }
  };
  each([&](size_t f, double x) { count[f] += 1, sum[f] += x - scale.median[f]; });
  for (size_t f = 0; f < width; ++f) scale.mean.push_back(scale.median[f] + sum[f] / count[f]);
  each([&](size_t f, double x) { squares[f] += (x - scale.mean[f]) * (x - scale.mean[f]); });
  for (size_t f = 0; f < width; ++f) {
    const double deviation = std::sqrt(squares[f] / count[f]);
    const bool constant = deviation <= 1e-12 * std::abs(scale.mean[f]);
    scale.deviation.push_back(constant ? std::numeric_limits<double>::infinity() : deviation);
  }
  return scale;
}

SeriesBatch series_batch(const SeriesSet& set, const SeriesScale& scale,
                         std::span<const int64_t> members, int64_t min_length) {
  SeriesBatch batch;
  int64_t longest = min_length;
  for (int64_t m : members) {
    batch.lengths.push_back(set.series[static_cast<size_t>(m)].length());
    longest = std::max(longest, batch.lengths.back());
  }
  const auto count = static_cast<int64_t>(members.size());
  const int64_t width = scale.width();
  Tensor values = zeros({count, longest, width}, DType::f64);
  batch.times = zeros({count, longest}, DType::f64);
  batch.labels = Tensor::empty({count}, DType::i64);
  double *x = values.mutable_data<double>(), *times = batch.times.mutable_data<double>();
  int64_t* labels = batch.labels.mutable_data<int64_t>();
  for (int64_t b = 0; b < count; ++b) {
    const Series& s = set.series[static_cast<size_t>(members[static_cast<size_t>(b)])];
    const std::vector<double> filled = carried_forward(s, scale.median);
    labels[b] = s.label;
    for (int64_t t = 0; t < s.length(); ++t) {
      const auto i = static_cast<size_t>(t);
      times[b * longest + t] = (s.times[i] - scale.first_time) / scale.gap;
      fill_step(s, scale, filled, i, x + (b * longest + t) * width);
    }
  }
  batch.values = values.to(default_dtype());
  return batch;
}

}  // namespace gradus
