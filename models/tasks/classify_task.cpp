// SPDX-License-Identifier: MIT
// Trains and evaluates a classifier of series.
#include "models/tasks/classify_task.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

constexpr int64_t evaluated_at_once = 128;  // series

double steps_in(const SeriesBatch& b) {
  return static_cast<double>(std::reduce(b.lengths.begin(), b.lengths.end()));
}

}  // namespace

ClassifyTask::ClassifyTask(Splits<SeriesSet> d, SeriesScale s, SequenceClassifier model,
                           ClassifyOptions o)
    : data(std::move(d)),
      scale(std::move(s)),
      options(std::move(o)),
      classifier(std::move(model)) {}

int64_t ClassifyTask::begin_epoch(int64_t epoch) {
  Generator gen(options.seed, stream::classify_order + static_cast<uint64_t>(epoch));
  batches_ = shuffled_by_length(data.training.lengths(), options.batch_size, gen);
  return static_cast<int64_t>(batches_.size());
}

// The mean loss over series, or over all their steps.
Tensor ClassifyTask::loss_on(const SeriesBatch& b, const Tensor& class_weight) const {
  if (!options.every_step) {
    const Tensor logits = (*classifier)(b.values, b.times, b.lengths);
    const Tensor weight = class_weight.defined() ? class_weight.to(logits.dtype()) : Tensor();
    return cross_entropy(logits, b.labels, {.weight = weight});
  }
  const Tensor logits = classifier->each_step(b.values, b.times, b.lengths);
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

Task::Batch ClassifyTask::loss(int64_t number) {
  const gradus::Batch& members = batches_[static_cast<size_t>(number)];
  const SeriesBatch b = series_batch(data.training, scale, members);
  const double steps = steps_in(b);
  return {loss_on(b, options.class_weight),
          options.every_step ? steps : static_cast<double>(members.size()),
          static_cast<int64_t>(steps)};
}

Json ClassifyTask::evaluate() {
  if (!data.validated()) return Json::object();
  Json figures = epoch_figures(this->figures(data.valid));
  if (!options.every_step) return figures;
  double sum = 0, steps = 0;
  for_each_batch("series evaluated step by step", data.valid.size(), evaluated_at_once,
                 [&](const gradus::Batch& members) {
                   const SeriesBatch b = series_batch(data.valid, scale, members);
                   const double count = steps_in(b);
                   sum += count * loss_on(b, {}).item();
                   steps += count;
                 });
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

Tensor ClassifyTask::logits(const SeriesSet& set) const {
  const NoGrad no_grad;
  std::vector<Tensor> all;
  for_each_batch("series evaluated", set.size(), evaluated_at_once,
                 [&](const gradus::Batch& members) {
                   const SeriesBatch b = series_batch(set, scale, members);
                   all.push_back((*classifier)(b.values, b.times, b.lengths));
                   check_answers(all.back(), [&](int64_t row) { return named(set, members, row); });
                 });
  return cat(all);
}

Tensor ClassifyTask::step_logits(const SeriesSet& set) const {
  const NoGrad no_grad;
  std::vector<Tensor> all;
  for_each_batch(
      "series evaluated", set.size(), evaluated_at_once, [&](const gradus::Batch& members) {
        const SeriesBatch b = series_batch(set, scale, members);
        const Tensor steps = classifier->each_step(b.values, b.times, b.lengths);
        for (int64_t i = 0; i < steps.size(0); ++i) {
          all.push_back(narrow(select(steps, 0, i), 0, 0, b.lengths[static_cast<size_t>(i)]));
          check_answers(all.back(), [&](int64_t) { return named(set, members, i); });
        }
      });
  return cat(all);
}

ClassifyFigures ClassifyTask::figures(const SeriesSet& set, std::optional<double> threshold) const {
  return figures_of(logits(set), labels_of(set), threshold);
}

Json epoch_figures(const ClassifyFigures& f) {
  Json figures;
  figures["valid_loss"] = f.loss;
  figures["valid_accuracy"] = f.accuracy;
  return figures;
}

Tensor labels_of(const SeriesSet& set) {
  Tensor labels = Tensor::empty({set.size()}, DType::i64);
  int64_t* out = labels.mutable_data<int64_t>();
  for (const Series& s : set.series) *out++ = s.label;
  return labels;
}

size_t positive_class(const std::vector<std::string>& classes, const std::vector<int64_t>& counts) {
  constexpr std::pair<std::string_view, std::string_view> pairs[] = {{"no", "yes"},
                                                                     {"n", "y"},
                                                                     {"false", "true"},
                                                                     {"f", "t"},
                                                                     {"negative", "positive"},
                                                                     {"neg", "pos"},
                                                                     {"absent", "present"},
                                                                     {"off", "on"},
                                                                     {"inactive", "active"},
                                                                     {"healthy", "ill"},
                                                                     {"healthy", "sick"},
                                                                     {"normal", "abnormal"},
                                                                     {"nein", "ja"},
                                                                     {"nee", "ja"},
                                                                     {"nej", "ja"},
                                                                     {"non", "oui"},
                                                                     {"no", "si"},
                                                                     {"no", "s\xC3\xAD"},
                                                                     {"nao", "sim"},
                                                                     {"n\xC3\xA3o", "sim"},
                                                                     {"nie", "tak"}};
  std::string lower[2];
  for (size_t c = 0; c < 2; ++c)
    for (const char letter : classes[c])
      lower[c] += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  for (const auto& [no, yes] : pairs)
    for (size_t c = 0; c < 2; ++c)
      if (lower[c] == yes && lower[1 - c] == no) return c;
  for (size_t c = 0; c < 2; ++c)  // "not churned", "churned"
    for (const std::string_view no : {"not ", "not_", "not-", "no ", "no_", "no-", "non-", "non_"})
      if (lower[1 - c] == std::string(no) + lower[c]) return c;
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
