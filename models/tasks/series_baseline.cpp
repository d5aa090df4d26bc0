// SPDX-License-Identifier: MIT
// Fits logistic regression on summaries of series, and the class frequencies.
#include "models/tasks/series_baseline.h"

#include <cmath>
#include <numeric>

#include "gradus/autograd/node.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "gradus/train/stop.h"

namespace gradus {

SummaryColumns summary_columns(const SeriesScale& scale) {
  SummaryColumns c{.codes = scale.embedded()};
  for (const TextScale& t : scale.texts)
    if (!t.embedded) c.categories += static_cast<int64_t>(t.seen.size());
  c.numbers = scale.width() - c.categories - static_cast<int64_t>(c.codes.size());
  return c;
}

Tensor series_summary(const SeriesSet& set, const SeriesScale& scale) {
  const NoGrad no_grad;
  const SummaryColumns columns = summary_columns(scale);
  std::vector<Tensor> all{zeros({0, columns.width()}, DType::f64)};
  for_each_batch("series summarised", set.size(), 128, [&](const Batch& members) {
    const SeriesBatch b = series_batch(set, scale, members);
    all.push_back(series_summary(b.values.to(DType::f64), b.lengths, columns));
  });
  return cat(all);
}

LogisticFit fit_logistic(const SeriesSet& training, const SeriesScale& scale) {
  const Tensor raw = series_summary(training, scale);
  const Tensor centre = mean(raw, {0}, true);
  const Tensor spread = sqrt(add(var(raw, {0}, 0, true), 1e-12));
  const Tensor x = div(sub(raw, centre), spread), y = labels_of(training);
  const DefaultDType wide(DType::f64);
  Generator gen(0);
  Linear layer({x.size(1), static_cast<int64_t>(training.classes.size())}, gen);
  zeros_(layer.weight);
  zeros_(layer.bias);
  Adam adam(layer.named_parameters(), {.lr = 0.05});
  LogisticFit fit;
  double before = INFINITY;
  StoppablePhase phase("fitting the logistic regression, step");  // it may end early
  while (fit.steps < 2000) {
    phase.at(fit.steps);
    const Tensor loss = cross_entropy(layer(x), y) + 0.005 * sum(layer.weight * layer.weight);
    adam.zero_grad();
    loss.backward();
    adam.step();
    if (++fit.steps % 50 != 0) continue;
    fit.loss = loss.item();
    if (std::abs(before - fit.loss) < 1e-6 * (1 + fit.loss)) break;
    before = fit.loss;
  }
  const NoGrad no_grad;  // convert weights for standardised summaries to weights for raw ones
  fit.weight = div(layer.weight, spread);
  fit.bias = sub(layer.bias, squeeze(matmul(fit.weight, transpose(centre, 0, 1)), 1));
  return fit;
}

Tensor class_shares(const std::vector<int64_t>& counts) {
  Tensor logits = zeros({static_cast<int64_t>(counts.size())}, DType::f64);
  double total = 0;
  for (int64_t n : counts) total += static_cast<double>(n);
  for (size_t c = 0; c < counts.size(); ++c)  // count half a series for an empty class
    logits.mutable_data<double>()[c] =
        std::log(std::max(static_cast<double>(counts[c]), 0.5) / std::max(total, 1.0));
  return logits;
}

namespace {

void set_weights(Linear& layer, const LogisticFit& fit) {
  layer.weight.detach().copy_(fit.weight.to(layer.weight.dtype()));
  layer.bias.detach().copy_(fit.bias.to(layer.bias.dtype()));
}

}  // namespace

LogisticFit fit_model(SequenceClassifier& model, const SeriesSet& training,
                      const SeriesScale& scale) {
  LogisticFit fit;
  if (model.options.encoder.model == SeriesModel::majority) {
    fit.weight = zeros_like(model.head.weight);
    fit.bias = class_shares(training.class_counts());
    fit.loss = majority_figures(training.class_counts(), labels_of(training)).loss;
    set_weights(model.head, fit);
    return fit;
  }
  fit = fit_logistic(training, scale);
  if (model.options.encoder.model == SeriesModel::logistic) {
    set_weights(model.head, fit);
  } else if (model.summary) {
    fit.weight = mul(fit.weight, 0.5);  // the network starts from half of the fit
    fit.bias = mul(fit.bias, 0.5);
    set_weights(*model.summary, fit);
  }
  return fit;
}

ClassifyFigures logistic_figures(const LogisticFit& fit, const SeriesSet& evaluated,
                                 const SeriesScale& scale) {
  const NoGrad no_grad;
  return figures_of(linear(series_summary(evaluated, scale), fit.weight, fit.bias),
                    labels_of(evaluated));
}

ClassifyFigures logistic_regression(const SeriesSet& training, const SeriesSet& evaluated,
                                    const SeriesScale& scale) {
  return logistic_figures(fit_logistic(training, scale), evaluated, scale);
}

ClassifyFigures majority_figures(const std::vector<int64_t>& counts, const Tensor& labels) {
  const Tensor row = unsqueeze(class_shares(counts), 0);
  return figures_of(contiguous(broadcast_to(row, {labels.size(0), row.size(1)})), labels);
}

}  // namespace gradus
