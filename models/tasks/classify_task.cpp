// SPDX-License-Identifier: MIT
// Trains and evaluates a classifier of series.
#include "models/tasks/classify_task.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/base/phase.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "gradus/train/stop.h"

namespace gradus {
ClassifyTraining::ClassifyTraining(const SeriesSet& training, const SeriesSet& valid,
                                   const SeriesScale& scale, SequenceClassifier& model,
                                   int64_t batch_size, uint64_t seed, ClassifyLoss rule)
    : training_(training),
      valid_(valid),
      scale_(scale),
      model_(model),
      batch_size_(batch_size),
      seed_(seed),
      rule_(std::move(rule)),
      lengths_(training.lengths()) {}

int64_t ClassifyTraining::begin_epoch(int64_t epoch) {
  Generator gen(seed_, stream::classify_order + static_cast<uint64_t>(epoch));
  batches_ = shuffled_by_length(lengths_, batch_size_, gen);
  return static_cast<int64_t>(batches_.size());
}

// The mean loss over series, or over all their steps.
Tensor ClassifyTraining::loss_on(const SeriesBatch& b, const Tensor& class_weight) const {
  if (!rule_.every_step) {
    const Tensor logits = model_(b.values, b.times, b.lengths);
    const Tensor weight = class_weight.defined() ? class_weight.to(logits.dtype()) : Tensor();
    return cross_entropy(logits, b.labels, {.weight = weight});
  }
  const Tensor logits = model_.each_step(b.values, b.times, b.lengths);
  const int64_t T = logits.size(1);
  constexpr int64_t ignored = -100;
  Tensor labels = full({logits.size(0), T}, static_cast<double>(ignored), DType::i64);
  const std::vector<int64_t> label = b.labels.to_vector<int64_t>();
  for (size_t i = 0; i < label.size(); ++i)
    std::fill_n(labels.mutable_data<int64_t>() + static_cast<int64_t>(i) * T, b.lengths[i],
                label[i] < 0 ? ignored : label[i]);
  const Tensor weight = class_weight.defined() ? class_weight.to(logits.dtype()) : Tensor();
  return cross_entropy(flatten(logits, 0, 1), flatten(labels),
                       {.weight = weight, .ignore_index = ignored});
}

Task::Batch ClassifyTraining::loss(int64_t number) {
  const gradus::Batch& members = batches_[static_cast<size_t>(number)];
  const SeriesBatch b = series_batch(training_, scale_, members);
  const int64_t steps = std::reduce(b.lengths.begin(), b.lengths.end());
  return {loss_on(b, rule_.class_weight),
          static_cast<double>(rule_.every_step ? steps : static_cast<int64_t>(members.size())),
          steps};
}

Json ClassifyTraining::evaluate() {
  Json figures = Json::object();
  if (valid_.size() == 0) return figures;
  const ClassifyFigures f = this->figures(valid_);
  figures["valid_loss"] = f.loss;
  figures["valid_accuracy"] = f.accuracy;
  if (!rule_.every_step) return figures;
  double sum = 0, steps = 0;
  Phase phase("series evaluated step by step", valid_.size());
  for (const gradus::Batch& members : in_order(valid_.size(), 128)) {
    StopSignals::poll();
    phase.at(members.front());
    const SeriesBatch b = series_batch(valid_, scale_, members);
    const auto count = static_cast<double>(std::reduce(b.lengths.begin(), b.lengths.end()));
    sum += count * loss_on(b, {}).item();
    steps += count;
  }
  figures["valid_loss"] = sum / steps;
  return figures;
}

namespace {

struct TwoClasses {
  std::vector<double> second;  // the probability of the second class
  std::vector<bool> positive;  // whether the sample is of the second class
};
TwoClasses two_classes(const Tensor& logits, const Tensor& labels) {
  check_answers(logits, "sample");
  TwoClasses two;
  two.second = select(softmax(logits, -1), 1, 1).to_vector<double>();
  for (int64_t label : labels.to_vector<int64_t>()) two.positive.push_back(label == 1);
  return two;
}

void take_answers(ClassifyFigures& f, const Tensor& logits, std::optional<double> threshold) {
  f.predicted = argmax(logits, -1).to_vector<int64_t>();
  f.probabilities = softmax(logits, -1).to_vector<double>();
  if (threshold && logits.size(1) == 2)
    for (size_t i = 0; i < f.predicted.size(); ++i)
      f.predicted[i] = f.probabilities[2 * i + 1] >= *threshold;
}

// The rows whose class is in the training data.
std::vector<int64_t> known_rows(const Tensor& labels) {
  std::vector<int64_t> rows;
  const std::vector<int64_t> all = labels.to_vector<int64_t>();
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i] >= 0) rows.push_back(static_cast<int64_t>(i));
  if (rows.empty() && !all.empty())
    file_error({"none of the ", all.size(), " labels is in the training data"});
  return rows;
}

}  // namespace

ClassifyFigures figures_of(const Tensor& logits, const Tensor& labels,
                           std::optional<double> threshold) {
  check_answers(logits, "sample");
  ClassifyFigures f;
  if (const std::vector<int64_t> known = known_rows(labels);
      static_cast<int64_t>(known.size()) < labels.numel()) {
    f = figures_of(index_select(logits, 0, known), index_select(labels, 0, known), threshold);
    f.unknown = labels.numel() - static_cast<int64_t>(known.size());
    f.accuracy *= static_cast<double>(known.size()) / static_cast<double>(labels.numel());
    take_answers(f, logits, threshold);
    return f;
  }
  const double count = static_cast<double>(labels.numel());
  const std::vector<int64_t> truth = labels.to_vector<int64_t>();
  f.loss = cross_entropy(logits, labels, {.reduction = Reduction::sum}).item() / count;
  take_answers(f, logits, threshold);
  for (size_t i = 0; i < truth.size(); ++i) f.accuracy += f.predicted[i] == truth[i];
  f.accuracy /= count;
  f.macro_f1 = macro_f1(f.predicted, truth, logits.size(1));
  f.auc = macro_auc(f.probabilities, truth, logits.size(1));
  f.confusion = confusion_matrix(f.predicted, truth, logits.size(1));
  if (logits.size(1) != 2) return f;
  const TwoClasses two = two_classes(logits, labels);
  f.f1 = class_f1(f.confusion, 2, 1);
  f.brier = brier_score(two.second, two.positive);
  f.average_precision = average_precision(two.second, two.positive);
  return f;
}

double best_threshold(const Tensor& logits, const Tensor& labels, ThresholdAim aim) {
  const std::vector<int64_t> known = known_rows(labels);
  const TwoClasses two =
      two_classes(index_select(logits, 0, known), index_select(labels, 0, known));
  return best_threshold(two.second, two.positive, aim);
}

namespace {

std::string named(const SeriesSet& set, const gradus::Batch& members, int64_t row) {
  const int64_t at = members[static_cast<size_t>(row)];
  return "series " + printable(set.series[static_cast<size_t>(at)].id);
}

}  // namespace

Tensor ClassifyTraining::logits(const SeriesSet& set) const {
  const NoGrad no_grad;
  std::vector<Tensor> all;
  Phase phase("series evaluated", set.size());
  for (const gradus::Batch& members : in_order(set.size(), 128)) {
    StopSignals::poll();
    const SeriesBatch b = series_batch(set, scale_, members);
    all.push_back(model_(b.values, b.times, b.lengths));
    check_answers(all.back(), [&](int64_t row) { return named(set, members, row); });
    phase.at(members.back() + 1);
  }
  return cat(all);
}

Tensor ClassifyTraining::step_logits(const SeriesSet& set) const {
  const NoGrad no_grad;
  std::vector<Tensor> all;
  Phase phase("series evaluated", set.size());
  for (const gradus::Batch& members : in_order(set.size(), 128)) {
    StopSignals::poll();
    phase.at(members.front());
    const SeriesBatch b = series_batch(set, scale_, members);
    const Tensor steps = model_.each_step(b.values, b.times, b.lengths);
    for (int64_t i = 0; i < steps.size(0); ++i) {
      all.push_back(narrow(select(steps, 0, i), 0, 0, b.lengths[static_cast<size_t>(i)]));
      check_answers(all.back(), [&](int64_t) { return named(set, members, i); });
    }
  }
  return cat(all);
}

ClassifyFigures ClassifyTraining::figures(const SeriesSet& set,
                                          std::optional<double> threshold) const {
  return figures_of(logits(set), labels_of(set), threshold);
}

Tensor labels_of(const SeriesSet& set) {
  Tensor labels = Tensor::empty({set.size()}, DType::i64);
  int64_t* out = labels.mutable_data<int64_t>();
  for (const Series& s : set.series) *out++ = s.label;
  return labels;
}

size_t positive_class(const std::vector<std::string>& classes, const std::vector<int64_t>& counts) {
  constexpr std::pair<std::string_view, std::string_view> pairs[] = {
      {"no", "yes"},          {"n", "y"},       {"false", "true"},   {"f", "t"},
      {"negative", "positive"}, {"neg", "pos"}, {"absent", "present"}, {"off", "on"}};
  std::string lower[2];
  for (size_t c = 0; c < 2; ++c)
    for (const char letter : classes[c])
      lower[c] += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  for (const auto& [no, yes] : pairs)
    for (size_t c = 0; c < 2; ++c)
      if (lower[c] == yes && lower[1 - c] == no) return c;
  double first = 0, second = 0;
  if (parse_number(classes[0], first) && parse_number(classes[1], second)) return second > first;
  return counts[1] <= counts[0];
}

Tensor balanced_weights(const std::vector<int64_t>& counts) {
  Tensor weights = zeros({static_cast<int64_t>(counts.size())}, DType::f64);
  const double classes = static_cast<double>(counts.size());
  double total = 0;
  for (int64_t n : counts) total += static_cast<double>(n);
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      weights.mutable_data<double>()[i] = total / (classes * static_cast<double>(counts[i]));
  return weights;
}

double majority_accuracy(const std::vector<int64_t>& counts, const SeriesSet& set) {
  const auto top = std::max_element(counts.begin(), counts.end()) - counts.begin();
  return static_cast<double>(set.class_counts()[static_cast<size_t>(top)]) /
         static_cast<double>(set.size());
}

}  // namespace gradus
