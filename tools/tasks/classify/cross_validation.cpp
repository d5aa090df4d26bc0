// SPDX-License-Identifier: MIT
// Runs the trials that find the number of epochs, and the folds.
#include "tools/tasks/classify/cross_validation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/stream.h"
#include "gradus/data/batch.h"
#include "gradus/ops/join.h"
#include "gradus/train/stop.h"
#include "models/tasks/series_baseline.h"
#include "tools/app/conclusion.h"
#include "tools/tasks/class_report.h"

namespace gradus::tools {
namespace {

// One training run on a part of the series; `valid`, unless empty, selects its best epoch.
struct Fit {
  Fit(SeriesSet part, SeriesSet valid, const ClassifyRecipe& r, int64_t number) {
    task.scale = series_scale(part, r.extras);
    task.options = r.options(part.class_counts());
    task.data = {.training = std::move(part), .valid = std::move(valid)};
    SequenceClassifierOptions own = r.model;
    own.encoder.features = task.scale.width();  // a part may lack gaps or empty cells
    own.categories = summary_columns(task.scale).categories;
    manual_seed(static_cast<uint64_t>(r.common.seed + number));
    task.classifier.emplace(own);
    if (!is_network(own.encoder.model) || own.summary)
      fit_model(*task.classifier, task.data.training, task.scale);
    if (is_network(own.encoder.model)) {
      result = train_part(task, task.data.training.size(), task.score(), r.common);
    } else {
      task.model().eval();
      result.best_epoch = 1;
    }
  }

  ClassifyTask task;
  TrainResult result;
};

}  // namespace

ClassifyOptions ClassifyRecipe::options(const std::vector<int64_t>& class_counts) const {
  return {.batch_size = common.batch_size,
          .seed = static_cast<uint64_t>(common.seed),
          .class_weight = balanced ? balanced_weights(class_counts) : Tensor(),
          .every_step = every_step};
}

EpochSearch search_epochs(const SeriesSet& set, const ClassifyRecipe& recipe, int64_t trials) {
  EpochSearch found;
  StoppablePhase phase("trials", trials);
  for (int64_t i = 0; i < trials; ++i) {
    SeriesSet part = set;
    Generator gen(static_cast<uint64_t>(recipe.common.seed),
                  stream::classify_trial + static_cast<uint64_t>(i));
    SeriesSet valid = take_out(part, held_out_share, gen);
    const TrainResult r = Fit(std::move(part), std::move(valid), recipe, i).result;
    add_trial(found, r);
    phase.next();
  }
  settle_epochs(found, recipe.common);
  return found;
}

double score_on(const SeriesSet& part, const SeriesSet& valid, const ClassifyRecipe& recipe) {
  const Fit fit(part, valid, recipe, 0);
  const ClassifyFigures f = fit.task.figures(valid);
  return f.auc && part.classes.size() == 2 ? *f.auc : f.accuracy;
}

CrossValidation cross_validate(const SeriesSet& set, const ClassifyRecipe& recipe, int64_t folds,
                               bool find_epochs) {
  const auto seed = static_cast<uint64_t>(recipe.common.seed);
  CrossValidation c{.recipe = recipe, .series = set.size()};
  each_fold(
      set, folds, Generator(seed, stream::classify_fold),
      [&](int64_t k, const SeriesSet& test, const SeriesSet& known) {
        SeriesSet part = known, valid;
        Generator gen(seed, stream::classify_fold + 1 + static_cast<uint64_t>(k));
        if (find_epochs && is_network(recipe.model.encoder.model))
          valid = take_out(part, held_out_share, gen);
        const Fit fit(std::move(part), std::move(valid), recipe, k);
        add_trial(c.epochs, fit.result);
        c.folds.push_back({fit.task.logits(test), labels_of(test),
                           logistic_regression(known, test, series_scale(known, recipe.extras)),
                           majority_figures(known.class_counts(), labels_of(test))});
      });
  if (find_epochs) settle_epochs(c.epochs, recipe.common);
  return c;
}

namespace {

struct Spread {
  double mean = 0, deviation = 0;  // NaN for no value; the deviation also for one
};
Spread spread(const std::vector<double>& all) {
  const auto n = static_cast<double>(all.size());
  Spread s;
  for (double v : all) s.mean += v / n;
  for (double v : all) s.deviation += (v - s.mean) * (v - s.mean) / (n - 1);
  return {all.empty() ? NAN : s.mean, all.size() < 2 ? NAN : std::sqrt(s.deviation)};
}

Json number(double v) { return std::isfinite(v) ? Json(v) : Json(); }

}  // namespace

std::pair<Tensor, Tensor> CrossValidation::together() const {
  std::vector<Tensor> logits, labels;
  for (const Fold& f : folds) {
    logits.push_back(f.logits);
    labels.push_back(f.labels);
  }
  return {cat(logits), cat(labels)};
}

bool CrossValidation::by_auc() const {
  return std::all_of(folds.begin(), folds.end(), [](const Fold& f) {
    return have_auc(figures_of(f.logits, f.labels), f.simple);
  });
}

double CrossValidation::score() const {
  double sum = 0;
  for (const Fold& f : folds) {
    const ClassifyFigures own = figures_of(f.logits, f.labels);
    sum += by_auc() ? *own.auc : own.accuracy;
  }
  return sum / static_cast<double>(folds.size());
}

double CrossValidation::best_threshold(ThresholdAim aim) const {
  const auto [logits, labels] = together();
  return gradus::best_threshold(logits, labels, aim);
}

namespace {

// The mean over the folds as `key`, and the standard deviation.
void put_spread(Json& all, const std::string& key, const std::vector<double>& values) {
  all[key] = number(spread(values).mean);
  all[key + "_sd"] = number(spread(values).deviation);
}

}  // namespace

Json CrossValidation::figures(const std::vector<std::string>& classes,
                              std::optional<double> threshold) const {
  const auto [logits, labels] = together();
  Json all = classify_figures(figures_of(logits, labels, threshold), classes);
  std::vector<double> accuracy, auc, simple_accuracy, simple_auc, majority_share;
  Json each_accuracy = Json::array(), each_auc = Json::array();
  std::vector<Contest> against_majority, against_logistic;
  const bool ranked = by_auc();
  for (const Fold& f : folds) {
    const ClassifyFigures own = figures_of(f.logits, f.labels, threshold);
    accuracy.push_back(own.accuracy);
    each_accuracy.push_back(own.accuracy);
    each_auc.push_back(own.auc ? Json(*own.auc) : Json());
    if (own.auc) auc.push_back(*own.auc);
    simple_accuracy.push_back(f.simple.accuracy);
    majority_share.push_back(f.majority.accuracy);
    if (f.simple.auc) simple_auc.push_back(*f.simple.auc);
    const std::vector<int64_t> truth = f.labels.to_vector<int64_t>();
    against_majority.push_back(contest_of(own, f.majority, truth, ranked));
    against_logistic.push_back(contest_of(own, f.simple, truth, ranked));
  }
  all["folds"] = static_cast<int64_t>(folds.size());
  put_spread(all, "accuracy", accuracy);
  all["fold_accuracy"] = each_accuracy;
  put_spread(all, "auc", auc);
  all["fold_auc"] = each_auc;
  all["baseline_accuracy"] = number(spread(majority_share).mean);
  all["logistic_accuracy"] = number(spread(simple_accuracy).mean);
  all["logistic_auc"] = number(spread(simple_auc).mean);
  Conclusion c{
      .model = recipe.name, .evaluated_on = "folds", .samples = labels.numel(), .training = series};
  if (recipe.name != "majority")
    c.rivals.push_back(majority_rival(contest_of_folds(against_majority)));
  if (is_network(recipe.model.encoder.model))
    c.rivals.push_back(logistic_rival(contest_of_folds(against_logistic)));
  conclude(all, c);
  return all;
}

}  // namespace gradus::tools
