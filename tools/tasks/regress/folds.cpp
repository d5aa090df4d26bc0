// SPDX-License-Identifier: MIT
// Trials and folds of models of numbers.
#include "tools/tasks/regress/folds.h"

#include <cmath>
#include <numeric>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/data/series_parts.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"
#include "gradus/train/stop.h"
#include "models/tasks/series_baseline.h"

namespace gradus::tools {
namespace {

// One training run on a part of the series; `valid`, unless empty, selects its best epoch.
struct NumberFit {
  NumberFit(SeriesSet part, SeriesSet valid, const RegressRecipe& r, int64_t number) {
    task.scale = series_scale(part, r.extras);
    task.target = target_scale(part);
    task.options = r.options;
    task.data = {.training = std::move(part), .valid = std::move(valid)};
    SequenceClassifierOptions own = r.model;
    own.encoder.features = task.scale.width();  // a part may lack gaps or empty cells
    own.categories = summary_columns(task.scale).categories;
    manual_seed(static_cast<uint64_t>(r.common.seed + number));
    task.network.emplace(own);
    fit_simple(task);
    if (is_network(own.encoder.model))
      result = train_part(task, task.data.training.size(), task.score(), r.common);
    else result.best_epoch = 1;
    task.model().eval();
  }
  RegressTask task;
  TrainResult result;
};

// [K, P] -> [K Q, P], and [K] -> [K Q]: the same prediction for each quantile.
Tensor for_each_output(const Tensor& rows, int64_t outputs) {
  std::vector<int64_t> order;
  for (int64_t k = 0; k < rows.size(0); ++k)
    for (int64_t q = 0; q < outputs; ++q) order.push_back(k);
  return index_select(rows, 0, order);
}

}  // namespace

RidgeFit fit_ridge(const RegressTask& task) {
  return gradus::fit_ridge(series_summary(task.data.training, task.scale),
                           targets_of(task.data.training, task.target));
}

void fit_simple(RegressTask& task) {
  const NoGrad no_grad;
  SequenceClassifier& model = task.network.value();
  const auto set = [](Linear& layer, const Tensor& weight, const Tensor& bias) {
    layer.weight.detach().copy_(weight.to(layer.weight.dtype()));
    layer.bias.detach().copy_(bias.to(layer.bias.dtype()));
  };
  const SeriesModel kind = model.options.encoder.model;
  if (kind == SeriesModel::majority)
    return set(model.head, zeros_like(model.head.weight),
               constant_outputs(task.data.training, task.target, task.options));
  if (kind != SeriesModel::logistic && !model.summary) return;
  const RidgeFit fit = fit_ridge(task);
  const int64_t outputs = task.options.outputs();
  const double share = kind == SeriesModel::logistic ? 1 : 0.5;
  set(kind == SeriesModel::logistic ? model.head : *model.summary,
      mul(for_each_output(fit.weight, outputs), share),
      mul(for_each_output(fit.bias, outputs), share));
}

Tensor constant_on(const SeriesSet& set, const Tensor& constant) {
  return contiguous(broadcast_to(unsqueeze(constant, 0), {set.size(), constant.size(0)}));
}

Tensor ridge_on(const SeriesSet& set, const RegressTask& task, const RidgeFit& fit) {
  const NoGrad no_grad;
  return linear(series_summary(set, task.scale), fit.weight, fit.bias);
}

Compared compared_on(const SeriesSet& set, const RegressTask& task, const Tensor& outputs,
                     const Tensor& constant, const std::optional<RidgeFit>& ridge) {
  const auto figures = [&](const Tensor& x) {
    return regress_figures(x, set, task.target, task.options);
  };
  Compared c{figures(outputs), figures(constant_on(set, constant))};
  if (ridge) c.ridge = figures(ridge_on(set, task, *ridge));
  return c;
}

EpochSearch search_epochs(const SeriesSet& set, const RegressRecipe& recipe, int64_t trials) {
  EpochSearch found;
  StoppablePhase phase("trials", trials);
  for (int64_t i = 0; i < trials; ++i) {
    SeriesSet part = set;
    Generator gen(static_cast<uint64_t>(recipe.common.seed),
                  stream::regress_fold + (uint64_t{1} << 31) + static_cast<uint64_t>(i));
    SeriesSet valid = take_out(part, held_out_share, gen);
    const TrainResult r = NumberFit(std::move(part), std::move(valid), recipe, i).result;
    add_trial(found, r);
    phase.next();
  }
  settle_epochs(found, recipe.common);
  return found;
}

namespace {

// The standardised outputs of a fold in the scale of all data.
Tensor rescaled(const Tensor& x, const TargetScale& from, const TargetScale& to) {
  Tensor all = x.clone_data();
  const size_t outputs = static_cast<size_t>(x.size(1)) / from.mean.size();
  double* v = all.mutable_data<double>();
  for (int64_t i = 0; i < all.numel(); ++i) {
    const size_t k = static_cast<size_t>(i % x.size(1)) / outputs;
    v[i] = (from.mean[k] + from.deviation[k] * v[i] - to.mean[k]) / to.deviation[k];
  }
  return all;
}

// The outputs for all folds, in the scale of all data.
struct Outputs {
  const RegressRecipe& recipe;
  TargetScale whole;
  SeriesSet order;  // the series in the order of the outputs
  std::vector<Tensor> model{}, constant{}, ridge{};

  // Of a fit, and of the simple models, which train on all of the other folds.
  void add(const NumberFit& fit, const SeriesSet& others, const SeriesSet& test) {
    RegressTask simple;
    simple.data.training = others;
    simple.scale = series_scale(others, recipe.extras);
    simple.target = target_scale(others);
    simple.options = recipe.options;
    model.push_back(rescaled(fit.task.outputs(test), fit.task.target, whole));
    const Tensor best = constant_outputs(others, simple.target, simple.options);
    constant.push_back(rescaled(constant_on(test, best), simple.target, whole));
    if (recipe.options.loss == RegressLoss::mse)
      ridge.push_back(rescaled(ridge_on(test, simple, fit_ridge(simple)), simple.target, whole));
    order.series.insert(order.series.end(), test.series.begin(), test.series.end());
  }
  RegressFigures figures(const std::vector<Tensor>& parts) const {
    return regress_figures(cat(parts), order, whole, recipe.options);
  }
};

}  // namespace

RegressFolds cross_validate(const SeriesSet& set, const RegressRecipe& recipe, int64_t folds,
                            bool find_epochs) {
  const auto seed = static_cast<uint64_t>(recipe.common.seed);
  RegressFolds c;
  Outputs outputs{recipe, target_scale(set), set.without_series()};
  each_fold(set, folds, Generator(seed, stream::regress_fold),
            [&](int64_t k, const SeriesSet& test, const SeriesSet& others) {
              SeriesSet part = others, valid;
              Generator gen(seed, stream::regress_fold + 1 + static_cast<uint64_t>(k));
              if (find_epochs && is_network(recipe.model.encoder.model))
                valid = take_out(part, held_out_share, gen);
              const NumberFit fit(std::move(part), std::move(valid), recipe, k);
              add_trial(c.epochs, fit.result);
              outputs.add(fit, others, test);
            });
  if (find_epochs) settle_epochs(c.epochs, recipe.common);
  c.all = {outputs.figures(outputs.model), outputs.figures(outputs.constant)};
  if (!outputs.ridge.empty()) c.all.ridge = outputs.figures(outputs.ridge);
  return c;
}

}  // namespace gradus::tools
