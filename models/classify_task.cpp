// SPDX-License-Identifier: MIT
// Training a classifier of series.
#include "models/classify_task.h"

#include <algorithm>

#include "gradus/autograd/node.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/train/metrics.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {
constexpr uint64_t order_stream = 0xC1Aull << 32;  // of the order of each epoch
}

ClassifyTraining::ClassifyTraining(const SeriesSet& training, const SeriesSet& valid,
                                   const SeriesScale& scale, SequenceClassifier& model,
                                   int64_t batch_size, uint64_t seed, Tensor class_weight)
    : training_(training),
      valid_(valid),
      scale_(scale),
      model_(model),
      batch_size_(batch_size),
      seed_(seed),
      class_weight_(std::move(class_weight)),
      lengths_(training.lengths()) {}

int64_t ClassifyTraining::begin_epoch(int64_t epoch) {
  Generator gen(seed_, order_stream + static_cast<uint64_t>(epoch));
  batches_ = shuffled_by_length(lengths_, batch_size_, gen);
  return static_cast<int64_t>(batches_.size());
}

Task::Batch ClassifyTraining::loss(int64_t number) {
  const gradus::Batch& members = batches_[static_cast<size_t>(number)];
  const SeriesBatch b = series_batch(training_, scale_, members);
  int64_t steps = 0;
  for (int64_t n : b.lengths) steps += n;
  const Tensor logits = model_(b.values, b.times, b.lengths);
  const Tensor weight = class_weight_.defined() ? class_weight_.to(logits.dtype()) : Tensor();
  const Tensor loss = cross_entropy(logits, b.labels, {.weight = weight});
  return {loss, static_cast<double>(members.size()), steps};
}

Json ClassifyTraining::evaluate() {
  Json figures = Json::object();
  if (valid_.size() == 0) return figures;
  const ClassifyFigures f = this->figures(valid_);
  figures["valid_loss"] = f.loss, figures["valid_accuracy"] = f.accuracy;
  return figures;
}

ClassifyFigures figures_of(const Tensor& logits, const Tensor& labels) {
  ClassifyFigures f;
  const double count = static_cast<double>(labels.numel());
  const std::vector<int64_t> truth = labels.to_vector<int64_t>();
  f.loss = cross_entropy(logits, labels, {.reduction = Reduction::sum}).item() / count;
  f.predicted = argmax(logits, -1).to_vector<int64_t>();
  f.probabilities = softmax(logits, -1).to_vector<double>();
  for (size_t i = 0; i < truth.size(); ++i) f.accuracy += f.predicted[i] == truth[i];
  f.accuracy /= count;
  f.macro_f1 = macro_f1(f.predicted, truth, logits.size(1));
  f.auc = macro_auc(f.probabilities, truth, logits.size(1));
  f.confusion = confusion_matrix(f.predicted, truth, logits.size(1));
  if (logits.size(1) != 2) return f;
  std::vector<double> second;
  std::vector<bool> positive;
  for (size_t i = 0; i < truth.size(); ++i)
    second.push_back(f.probabilities[2 * i + 1]), positive.push_back(truth[i] == 1);
  f.f1 = class_f1(f.confusion, 2, 1), f.brier = brier_score(second, positive);
  f.average_precision = average_precision(second, positive);
  return f;
}

ClassifyFigures ClassifyTraining::figures(const SeriesSet& set) const {
  const NoGrad no_grad;
  std::vector<Tensor> logits, labels;
  for (const gradus::Batch& members : in_order(set.size(), 128)) {
    if (StopSignals::received()) return {};
    const SeriesBatch b = series_batch(set, scale_, members);
    logits.push_back(model_(b.values, b.times, b.lengths));
    labels.push_back(b.labels);
  }
  return figures_of(cat(logits), cat(labels));
}

Tensor ClassifyTraining::probabilities(const SeriesSet& set) const {
  const NoGrad no_grad;
  std::vector<Tensor> all;
  for (const gradus::Batch& members : in_order(set.size(), 128)) {
    const SeriesBatch b = series_batch(set, scale_, members);
    all.push_back(softmax(model_(b.values, b.times, b.lengths), -1));
  }
  return cat(all);
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
