// SPDX-License-Identifier: MIT
// Training runs on parts of a small data set: they find the number of epochs and estimate accuracy,
// so that the final model can be trained on every series.
#pragma once
#include "gradus/train/metrics.h"
#include "models/tasks/classify_task.h"
#include "tools/tasks/epoch_search.h"

namespace gradus::tools {

/// How a classifier is built and trained, independent of the data.
struct ClassifyRecipe {
  std::string name;  // the kind of model, as in --model
  SequenceClassifierOptions model{};
  TrainSettings common{};
  SeriesExtras extras{};
  bool balanced = false, every_step = false;

  /// How the task draws batches and computes the loss.
  ClassifyOptions options(const std::vector<int64_t>& class_counts) const;
};

/// Trains `trials` models for up to common.epochs, each with another fifth of the series held out,
/// with early stopping, and takes the median of the epochs with the lowest held-out loss. Up to its
/// best epoch a trial has used the high learning rates of a long schedule; the result is the number
/// of epochs whose own schedule has the same sum of rates. A signal throws Stopped.
EpochSearch search_epochs(const SeriesSet& set, const ClassifyRecipe& recipe, int64_t trials);

/// The AUC for two classes, else the accuracy, on `valid` of a model that was trained on `part` and
/// whose best epoch was selected on `valid`. A signal throws Stopped.
double score_on(const SeriesSet& part, const SeriesSet& valid, const ClassifyRecipe& recipe);

struct CrossValidation {
  struct Fold {
    Tensor logits, labels;             // for the fold's series, held out from training
    ClassifyFigures simple, majority;  // of logistic regression and of the class frequencies
  };
  std::vector<Fold> folds{};
  ClassifyRecipe recipe{};
  int64_t series = 0;
  EpochSearch epochs{};  // epochs is 0 unless the search was requested

  /// The mean AUC if every fold has an AUC of two classes, else the mean accuracy.
  double score() const;
  /// The best threshold over all series, each predicted by the model that did not train on it.
  double best_threshold(ThresholdAim aim) const;
  /// folds, accuracy and auc as means over the folds, accuracy_sd and auc_sd as their standard
  /// deviations, fold_accuracy and fold_auc per fold; the other figures and the confusion matrix
  /// are over the pooled series. baseline_accuracy, logistic_accuracy and logistic_auc are means
  /// over the same folds. winner and conclusion: see tools/app/conclusion.h.
  Json figures(const std::vector<std::string>& classes, std::optional<double> threshold) const;

 private:
  std::pair<Tensor, Tensor> together() const;  // logits and labels
  bool by_auc() const;
};

/// Evaluates each of `folds` stratified parts with a model trained on the others. With
/// `find_epochs`, each model holds out a fifth of its own training series to select its best epoch,
/// so the evaluated part selects nothing; otherwise all models train for common.epochs. A signal
/// throws Stopped.
CrossValidation cross_validate(const SeriesSet& set, const ClassifyRecipe& recipe, int64_t folds,
                               bool find_epochs);

}  // namespace gradus::tools
