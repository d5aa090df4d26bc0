// SPDX-License-Identifier: MIT
// Computes occlusion and gradients by column.
#include "models/explain/series_explain.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/autograd/autograd.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/train/stop.h"

namespace gradus {

namespace {

// The mean as text in the units of the file.
std::string mean_text(const SeriesScale& scale, const SeriesSet& like, size_t feature) {
  const auto date = like.dates.find(feature);
  if (date != like.dates.end()) return date_text(scale.mean[feature], date->second.unit);
  char words[32];
  std::snprintf(words, sizeof words, "%.4g", scale.mean[feature]);
  return words;
}

}  // namespace

std::vector<InputColumn> input_columns(const SeriesScale& scale, const SeriesSet& like,
                                       const std::string& time) {
  std::vector<InputColumn> all;
  for (size_t f = 0; f < like.features.size(); ++f)
    all.push_back({like.features[f], static_cast<int64_t>(f), {}, {}, "no category"});
  int64_t next = 0;  // in the order of series_batch()
  const auto add = [&](int64_t feature, double baseline) {
    InputColumn& c = all[static_cast<size_t>(feature)];
    c.inputs.push_back(next++);
    c.baseline.push_back(baseline);
  };
  for (int64_t f : scale.numbers()) {
    add(f, 0);
    all[static_cast<size_t>(f)].baseline_text = mean_text(scale, like, static_cast<size_t>(f));
  }
  const int64_t gap = scale.time_gap ? next++ : -1;
  for (int64_t f : scale.masked) add(f, 0);
  for (const bool embedded : {false, true})
    for (const TextScale& t : scale.texts)
      for (size_t i = 0; t.embedded == embedded && i < (embedded ? 1 : t.seen.size()); ++i)
        add(t.feature, 0);
  std::erase_if(all, [&](const InputColumn& c) {
    return !std::isfinite(scale.deviation[static_cast<size_t>(c.feature)]);
  });
  if (gap >= 0)
    all.push_back(
        {time + " (gap)", -1, {gap}, {std::log1p(1)}, text({scale.gap, " between steps"})});
  return all;
}

namespace {

// A series with values replaced by the baseline: of one step or all (-1), one column or all (-1).
struct Occluded {
  int64_t series, step, column, of;
  bool whole() const { return step == none; }
  static constexpr int64_t all = -1, none = -2;
};

class Explainer {
 public:
  Explainer(const SeriesAnswer& answer, const std::vector<InputColumn>& columns,
            const SeriesSet& set, const SeriesScale& scale)
      : answer_(answer), columns_(columns), set_(set), scale_(scale) {}

  // The model's prediction for each query.
  std::vector<double> answers(const std::vector<Occluded>& queries) const {
    const NoGrad no_grad;
    std::vector<double> all;
    int64_t longest = 1;
    for (const Occluded& o : queries) longest = std::max(longest, length(o));
    const auto rows = static_cast<size_t>(std::clamp<int64_t>(16384 / longest, 1, 256));
    StoppablePhase phase("predictions with values replaced", std::ssize(queries));
    for (size_t at = 0; at < queries.size(); at += rows) {
      phase.at(std::ssize(all));
      const std::span part = std::span(queries).subspan(at, std::min(rows, queries.size() - at));
      const SeriesBatch b = batch_of(part);
      const Tensor predicted = shown(answer_.outputs(b.values, b.times, b.lengths));
      const std::vector<double> row = predicted.to_vector<double>();
      for (size_t i = 0; i < part.size(); ++i)
        all.push_back(row[i * answer_.names.size() + static_cast<size_t>(part[i].of)]);
    }
    return all;
  }

  // Gradient times input for one series: [steps, columns].
  std::vector<double> gradient(int64_t series, int64_t of) const {
    SeriesBatch b = series_batch(set_, scale_, std::vector<int64_t>{series});
    b.values.requires_grad_();
    const Tensor outputs = answer_.outputs(b.values, b.times, b.lengths);
    const std::vector<double> slope =
        grad(score(outputs, of), b.values).to(DType::f64).to_vector<double>();
    const std::vector<double> x = b.values.detach().to(DType::f64).to_vector<double>();
    const double unit = answer_.classes() ? 1 : answer_.unit[static_cast<size_t>(of)];
    const auto width = static_cast<size_t>(scale_.width());
    std::vector<double> all;
    for (size_t first = 0; first < x.size(); first += width)
      for (const InputColumn& c : columns_) {
        double sum = 0;
        for (size_t i = 0; i < c.inputs.size(); ++i) {
          const size_t at = first + static_cast<size_t>(c.inputs[i]);
          sum += slope[at] * (x[at] - c.baseline[i]);
        }
        all.push_back(unit * sum);
      }
    return all;
  }

 private:
  int64_t length(const Occluded& o) const {
    return set_.series[static_cast<size_t>(o.series)].length();
  }

  SeriesBatch batch_of(std::span<const Occluded> part) const {
    std::vector<int64_t> members;
    for (const Occluded& o : part) members.push_back(o.series);
    SeriesBatch b = series_batch(set_, scale_, members);
    Tensor values = b.values.to(DType::f64).contiguous_data();
    double* x = values.mutable_data<double>();
    const int64_t row = values.size(1) * values.size(2), width = values.size(2);
    for (size_t i = 0; i < part.size(); ++i, x += row) {
      if (part[i].whole()) continue;
      const int64_t first = std::max<int64_t>(part[i].step, 0);
      const int64_t end = part[i].step == Occluded::all ? length(part[i]) : first + 1;
      for (int64_t t = first; t < end; ++t) replace(part[i].column, x + t * width);
    }
    b.values = values.to(b.values.dtype());
    return b;
  }

  void replace(int64_t column, double* inputs) const {
    for (size_t c = 0; c < columns_.size(); ++c) {
      if (column != Occluded::all && column != static_cast<int64_t>(c)) continue;
      for (size_t i = 0; i < columns_[c].inputs.size(); ++i)
        inputs[columns_[c].inputs[i]] = columns_[c].baseline[i];
    }
  }

  // The outputs as probabilities, or as forecasts in the units of the file.
  Tensor shown(const Tensor& outputs) const {
    const Tensor wide = outputs.to(DType::f64);
    if (answer_.classes()) return softmax(wide, -1);
    return mul(wide, tensor(answer_.unit, {wide.size(1)}, DType::f64));
  }

  // The score that is differentiated: the log-odds of a class, or a forecast.
  Tensor score(const Tensor& outputs, int64_t of) const {
    const Tensor own = sum(select(outputs, 1, of));
    if (!answer_.classes()) return own;
    std::vector<double> hidden(answer_.names.size());
    hidden[static_cast<size_t>(of)] = -std::numeric_limits<double>::infinity();
    const auto classes = static_cast<int64_t>(hidden.size());
    const Tensor others = add(outputs, tensor(hidden, {classes}, outputs.dtype()));
    return sub(own, sum(logsumexp(others, {1})));
  }

  const SeriesAnswer& answer_;
  const std::vector<InputColumn>& columns_;
  const SeriesSet& set_;
  const SeriesScale& scale_;
};

}  // namespace

SeriesExplanation explain_series(const SeriesAnswer& answer,
                                 const std::vector<InputColumn>& columns, const SeriesSet& set,
                                 const SeriesScale& scale, int64_t index, int64_t of) {
  const Explainer explainer(answer, columns, set, scale);
  const int64_t steps = set.series[static_cast<size_t>(index)].length();
  const auto width = static_cast<int64_t>(columns.size());
  std::vector<Occluded> queries = {{index, Occluded::none, 0, of}};
  for (int64_t c = 0; c < width; ++c) queries.push_back({index, Occluded::all, c, of});
  for (int64_t t = 0; t < steps; ++t) queries.push_back({index, t, Occluded::all, of});
  for (int64_t t = 0; t < steps; ++t)
    for (int64_t c = 0; c < width; ++c) queries.push_back({index, t, c, of});
  const std::vector<double> predicted = explainer.answers(queries);
  SeriesExplanation e;
  e.answer = predicted[0];
  const auto lost = [&](int64_t from, int64_t count) {
    std::vector<double> all;
    for (int64_t i = from; i < from + count; ++i)
      all.push_back(e.answer - predicted[static_cast<size_t>(i)]);
    return all;
  };
  e.columns = lost(1, width);
  e.steps = lost(1 + width, steps);
  e.cells = lost(1 + width + steps, steps * width);
  if (answer.gradients) e.gradient = explainer.gradient(index, of);
  return e;
}

namespace {

// The queries for each series: unchanged, then without each column, then without each step.
std::vector<Occluded> columns_and_steps(const SeriesSet& set, size_t columns,
                                        const std::vector<int64_t>& members,
                                        const std::vector<int64_t>& of) {
  std::vector<Occluded> queries;
  for (size_t i = 0; i < members.size(); ++i) {
    const int64_t n = members[i], steps = set.series[static_cast<size_t>(n)].length();
    queries.push_back({n, Occluded::none, 0, of[i]});
    for (size_t c = 0; c < columns; ++c)
      queries.push_back({n, Occluded::all, static_cast<int64_t>(c), of[i]});
    for (int64_t t = 0; t < steps; ++t) queries.push_back({n, t, Occluded::all, of[i]});
  }
  return queries;
}

// The mean absolute gradient of each column, summed over the steps.
std::vector<double> mean_gradients(const Explainer& explainer, size_t columns,
                                   const std::vector<int64_t>& members,
                                   const std::vector<int64_t>& of) {
  std::vector<double> means(columns);
  StoppablePhase phase("gradients", std::ssize(members));
  for (size_t i = 0; i < members.size(); ++i) {
    phase.at(static_cast<int64_t>(i));
    const std::vector<double> cells = explainer.gradient(members[i], of[i]);
    std::vector<double> sums(columns);
    for (size_t at = 0; at < cells.size(); ++at) sums[at % columns] += cells[at];
    for (size_t c = 0; c < columns; ++c)
      means[c] += std::abs(sums[c]) / static_cast<double>(members.size());
  }
  return means;
}

}  // namespace

SeriesImportance explain_set(const SeriesAnswer& answer, const std::vector<InputColumn>& columns,
                             const SeriesSet& set, const SeriesScale& scale,
                             const std::vector<int64_t>& members, const std::vector<int64_t>& of) {
  const Explainer explainer(answer, columns, set, scale);
  const std::vector<Occluded> queries = columns_and_steps(set, columns.size(), members, of);
  const std::vector<double> predicted = explainer.answers(queries);
  SeriesImportance all{.columns = std::vector<double>(columns.size()), .steps = {}};
  std::vector<double> seen;
  double whole = 0;
  for (size_t i = 0; i < predicted.size(); ++i) {
    const Occluded& o = queries[i];
    if (o.whole()) {
      whole = predicted[i];
    } else if (o.step == Occluded::all) {
      all.columns[static_cast<size_t>(o.column)] += std::abs(whole - predicted[i]);
    } else {
      const auto t = static_cast<size_t>(o.step);
      if (t >= seen.size()) seen.resize(t + 1), all.steps.resize(t + 1);
      all.steps[t] += std::abs(whole - predicted[i]);
      seen[t] += 1;
    }
  }
  const double count = std::max<double>(static_cast<double>(members.size()), 1);
  for (double& v : all.columns) v /= count;
  for (size_t t = 0; t < seen.size(); ++t) all.steps[t] /= seen[t];
  if (answer.gradients) all.gradient = mean_gradients(explainer, columns.size(), members, of);
  return all;
}

std::vector<int64_t> evenly_spread(int64_t n, int64_t most) {
  std::vector<int64_t> all;
  const int64_t kept = std::min(n, most);
  for (int64_t i = 0; i < kept; ++i) all.push_back(i * n / kept);
  return all;
}

}  // namespace gradus
