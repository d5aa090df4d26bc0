// SPDX-License-Identifier: MIT
// Attributes predictions to steps by attention, by leaving steps out, and by gradients.
#include "models/explain/series_meaning.h"

#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/autograd/node.h"
#include "gradus/data/batch.h"
#include "gradus/nn/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

Series without(const Series& s, int64_t step, int64_t width) {
  Series less = s;
  less.times.erase(less.times.begin() + step);
  if (!less.lines.empty()) less.lines.erase(less.lines.begin() + step);
  less.values.erase(less.values.begin() + step * width, less.values.begin() + (step + 1) * width);
  return less;
}

// The probability of one class for each series.
std::vector<double> probabilities(const SequenceClassifier& model, const SeriesSet& set,
                                  const SeriesScale& scale, int64_t of) {
  const NoGrad no_grad;
  std::vector<double> all;
  for (const Batch& members : in_order(set.size(), 64)) {
    const SeriesBatch b = series_batch(set, scale, members);
    const Tensor p = softmax(model(b.values, b.times, b.lengths), -1);
    check_answers(p, [&](int64_t row) {
      return text({"series ", printable(set.series[0].id), " without its step ",
                   members[static_cast<size_t>(row)]});
    });
    for (double v : select(p, 1, of).to_vector<double>()) all.push_back(v);
  }
  return all;
}

std::vector<double> looked_at(SequenceClassifier& model, const SeriesBatch& b) {
  const NoGrad no_grad;
  model.set_names();
  AttentionRecorder seen;
  model(b.values, b.times, b.lengths);
  const AttentionRecorder::Record* chosen = nullptr;
  for (const AttentionRecorder::Record& r : seen.records)
    if (r.name == "pooling" || r.name.ends_with(".self_attn")) chosen = &r;
  if (!chosen) return {};
  const Tensor weights = mean(select(chosen->weights, 0, 0), {0});  // [rows, T]
  return select(weights, 0, weights.size(0) - 1).to_vector<double>();
}

}  // namespace

StepMeaning step_meaning(SequenceClassifier& model, const SeriesSet& whole,
                         const SeriesScale& scale, int64_t index, int64_t last) {
  SeriesSet set = whole.without_series();
  set.series = {whole.series[static_cast<size_t>(index)]};
  const auto width = static_cast<int64_t>(set.features.size());
  Series& s = set.series[0];
  if (last >= s.length())
    argument_error({"step_meaning: there is no step ", last, "; the series has ", s.length()});
  if (last >= 0)
    s.times.resize(static_cast<size_t>(last + 1)),
        s.values.resize(static_cast<size_t>((last + 1) * width));
  SeriesBatch b = series_batch(set, scale, std::vector<int64_t>{0});
  StepMeaning m{.times = s.times, .attention = looked_at(model, b), .effect = {}, .gradient = {}};
  b.values.requires_grad_();
  const Tensor logits = model(b.values, b.times, b.lengths);
  const auto name = [&](int64_t) { return "series " + printable(s.id); };
  check_answers(logits, name);
  m.predicted = argmax(logits.detach(), -1).to_vector<int64_t>()[0];
  m.probability = select(softmax(logits.detach(), -1), 1, m.predicted).to_vector<double>()[0];
  const Tensor slope = grad(sum(select(logits, 1, m.predicted)), b.values);
  m.gradient = sum(mul(slope, b.values.detach()), {0, 2}).to_vector<double>();
  m.effect.assign(s.times.size(), 0.0);
  if (s.length() < 2) return m;
  SeriesSet fewer = set.without_series();
  for (int64_t t = 0; t < s.length(); ++t) fewer.series.push_back(without(s, t, width));
  const std::vector<double> left = probabilities(model, fewer, scale, m.predicted);
  for (size_t t = 0; t < left.size(); ++t) m.effect[t] = m.probability - left[t];
  return m;
}

MeanMeaning mean_meaning(SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale,
                         int64_t count) {
  MeanMeaning all{.series = std::min(count, set.size())};
  std::vector<double> seen;
  const auto add = [&](std::vector<double>& sums, const std::vector<double>& values) {
    if (sums.size() < values.size()) sums.resize(values.size());
    for (size_t t = 0; t < values.size(); ++t) sums[t] += std::abs(values[t]);
  };
  StoppablePhase phase("series explained", all.series);
  for (int64_t i = 0; i < all.series; ++i) {
    phase.at(i);
    const StepMeaning m = step_meaning(model, set, scale, i);
    add(all.attention, m.attention);
    add(all.effect, m.effect);
    add(all.gradient, m.gradient);
    add(seen, std::vector<double>(m.times.size(), 1.0));
  }
  for (std::vector<double>* sums : {&all.attention, &all.effect, &all.gradient})
    for (size_t t = 0; t < sums->size(); ++t) (*sums)[t] /= seen[t];
  return all;
}

}  // namespace gradus
