// SPDX-License-Identifier: MIT
// Scales series, and fills batches.
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

// The values of a series with empty cells filled by the previous value, else the median.
std::vector<double> carried_forward(const Series& s, const std::vector<double>& median) {
  std::vector<double> x = s.values;
  const size_t width = median.size();
  for (size_t i = 0; i < x.size(); ++i)
    if (std::isnan(x[i])) x[i] = i >= width ? x[i - width] : median[i % width];
  return x;
}

void scale_times(const SeriesSet& training, SeriesExtras::TimeGap wanted, SeriesScale& scale) {
  std::vector<double> gaps;
  double last = -std::numeric_limits<double>::infinity();
  scale.first_time = std::numeric_limits<double>::infinity();
  for (const Series& s : training.series) {
    scale.first_time = std::min(scale.first_time, s.times[0]);
    last = std::max(last, s.times.back());
    for (size_t i = 1; i < s.times.size(); ++i) gaps.push_back(s.times[i] - s.times[i - 1]);
  }
  scale.low_time = scale.first_time;
  scale.high_time = last;
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

TextScale text_scale(const SeriesSet& set, size_t feature) {
  const size_t kinds = set.categories.at(feature).size();
  TextScale text{.feature = static_cast<int64_t>(feature),
                 .seen = std::vector<bool>(kinds),
                 .embedded = static_cast<int64_t>(kinds) > most_columns};
  for (const Series& s : set.series)
    for (size_t i = feature; i < s.values.size(); i += set.features.size())
      if (s.values[i] >= 0) text.seen[static_cast<size_t>(s.values[i])] = true;
  return text;
}

// Mean and deviation over all steps, with empty cells filled.
void scale_numbers(const SeriesSet& training, SeriesScale& scale) {
  const size_t width = training.features.size();
  std::vector<double> count(width), sum(width), squares(width);
  const auto each = [&](auto&& visit) {
    for (const Series& s : training.series) {
      const std::vector<double> x = carried_forward(s, scale.median);
      for (size_t i = 0; i < x.size(); ++i) visit(i % width, x[i]);
    }
  };
  each([&](size_t f, double x) { count[f] += 1, sum[f] += x - scale.median[f]; });
  for (size_t f = 0; f < width; ++f)
    scale.mean.push_back(training.is_text(f) ? 0 : scale.median[f] + sum[f] / count[f]);
  each([&](size_t f, double x) { squares[f] += (x - scale.mean[f]) * (x - scale.mean[f]); });
  for (size_t f = 0; f < width; ++f) {
    const double deviation = std::sqrt(squares[f] / count[f]);
    const bool constant = deviation <= 1e-12 * std::abs(scale.mean[f]);
    scale.deviation.push_back(training.is_text(f) ? 1
                              : constant          ? std::numeric_limits<double>::infinity()
                                                  : deviation);
  }
}

// "churn.csv:5: "; "" if the file is unknown.
std::string place_of(const SeriesSet& set, const Series& s, size_t step) {
  const std::string line = step < s.lines.size() ? text({":", s.lines[step]}) : "";
  return set.file.empty() ? "" : set.file + line + ": ";
}

[[noreturn]] void refuse_value(const SeriesSet& set, const Series& s, size_t step, size_t feature) {
  const double v = s.values[step * set.features.size() + feature];
  file_error({place_of(set, s, step), "column ", printable(set.features[feature]), " of series ",
              printable(s.id), ", time ", set.time_text(s.times[step]), ": ", v,
              " is not finite after scaling; --missing ", v, " reads it as missing"});
}

double scaled_time(const SeriesSet& set, const Series& s, size_t step, const SeriesScale& scale) {
  const double time = (s.times[step] - scale.first_time) / scale.gap;
  if (!(std::abs(time) < 1e15))
    file_error({place_of(set, s, step), "time ", set.time_text(s.times[step]), " of series ",
                printable(s.id), " is too far from those of the training data"});
  return time;
}

// One step of a series as model input, column by column.
class Step {
 public:
  Step(const SeriesSet& set, const SeriesScale& scale)
      : set_(set), scale_(scale), numbers_(scale.numbers()) {}

  void fill(const Series& s, const std::vector<double>& filled, size_t t, double* row) const {
    const size_t known = scale_.mean.size();
    for (int64_t number : numbers_) {
      const auto f = static_cast<size_t>(number);
      *row = (filled[t * known + f] - scale_.mean[f]) / scale_.deviation[f];
      if (!(std::abs(*row++) < largest)) refuse_value(set_, s, t, f);
    }
    if (scale_.time_gap) *row++ = t ? std::log1p((s.times[t] - s.times[t - 1]) / scale_.gap) : 0;
    for (int64_t f : scale_.masked)
      *row++ = std::isnan(s.values[t * known + static_cast<size_t>(f)]) ? 1 : 0;
    for (const bool embedded : {false, true})
      for (const TextScale& text : scale_.texts)
        if (text.embedded == embedded)
          row = fill_text(text, filled[t * known + static_cast<size_t>(text.feature)], row);
  }

 private:
  // Its square is still finite in f32, with room for a sum over many columns.
  static constexpr double largest = 1e15;

  static double* fill_text(const TextScale& text, double value, double* row) {
    const bool seen = value >= 0 && text.seen[static_cast<size_t>(value)];
    if (text.embedded) {
      *row++ = seen ? value + 1 : 0;
      return row;
    }
    if (seen) row[static_cast<size_t>(value)] = 1;
    return row + text.seen.size();
  }

  const SeriesSet& set_;
  const SeriesScale& scale_;
  const std::vector<int64_t> numbers_;
};

}  // namespace

int64_t SeriesScale::width() const {
  int64_t all = static_cast<int64_t>(mean.size() + masked.size()) + time_gap;
  for (const TextScale& t : texts)
    all += t.embedded ? 0 : static_cast<int64_t>(t.seen.size()) - 1;  // the feature is in already
  return all;
}

const TextScale* SeriesScale::text(int64_t feature) const {
  for (const TextScale& t : texts)
    if (t.feature == feature) return &t;
  return nullptr;
}

std::vector<int64_t> SeriesScale::numbers() const {
  std::vector<int64_t> all;
  for (int64_t f = 0; f < static_cast<int64_t>(mean.size()); ++f)
    if (!text(f)) all.push_back(f);
  return all;
}

std::vector<int64_t> SeriesScale::embedded() const {
  std::vector<int64_t> all;
  for (const TextScale& t : texts)
    if (t.embedded) all.push_back(static_cast<int64_t>(t.seen.size()));
  return all;
}

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
    if (training.is_text(f)) scale.texts.push_back(text_scale(training, f));
    const auto [low, high] = std::minmax_element(known.begin(), known.end());
    scale.low.push_back(known.empty() ? 0 : *low);
    scale.high.push_back(known.empty() ? 0 : *high);
    scale.median.push_back(training.is_text(f) ? unknown_category : median_of(std::move(known)));
  }
  scale_numbers(training, scale);
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
  const Step step(set, scale);
  for (int64_t b = 0; b < count; ++b) {
    const Series& s = set.series[static_cast<size_t>(members[static_cast<size_t>(b)])];
    const std::vector<double> filled = carried_forward(s, scale.median);
    labels[b] = s.label;
    for (int64_t t = 0; t < s.length(); ++t) {
      const auto i = static_cast<size_t>(t);
      times[b * longest + t] = scaled_time(set, s, i, scale);
      step.fill(s, filled, i, x + (b * longest + t) * width);
    }
  }
  batch.values = values.to(default_dtype());
  return batch;
}

}  // namespace gradus
