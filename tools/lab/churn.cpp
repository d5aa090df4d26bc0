// SPDX-License-Identifier: MIT
// Trains and measures classifiers of customers.
#include "tools/lab/churn.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/tasks/classify_task.h"
#include "tools/lab/fit.h"

namespace gradus::tools {

SequenceClassifier churn_model(const SeriesSet& set, const SeriesScale& scale, SeriesModel kind,
                               int64_t steps, uint64_t seed) {
  Generator gen(seed);
  const bool attends = kind == SeriesModel::transformer;
  SequenceClassifier model({.encoder = {.features = scale.width(),
                                        .model = kind,
                                        .d_model = attends ? 32 : 24,
                                        .layers = kind == SeriesModel::tcn ? 2 : 1,
                                        .dim_feedforward = 64,
                                        .dropout = 0},
                            .classes = 2},
                           gen);
  ClassifyTask task({.training = set, .valid = set.without_series()}, scale, std::move(model),
                    {.seed = seed});
  fit(task, {.steps = steps, .lr = 5e-3});
  return std::move(*task.classifier);
}

double churn_auc(const SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale) {
  return ClassifyTask({}, scale, model.clone()).figures(set).auc.value_or(NAN);
}

std::string week_name(size_t step) { return "week " + std::to_string(step + 1); }

std::pair<size_t, size_t> two_largest(const std::vector<double>& x) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return std::abs(x[a]) > std::abs(x[b]); });
  return {std::min(order[0], order[1]), std::max(order[0], order[1])};
}

}  // namespace gradus::tools
