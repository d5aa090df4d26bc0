// SPDX-License-Identifier: MIT
// Trainings on parts of a small set: how many epochs it needs, and how good a model of it is, so
// that the model that is kept can be trained on every series.
#pragma once
#include "gradus/train/metrics.h"
#include "models/tasks/classify_task.h"
#include "tools/app/train.h"

namespace gradus::tools {

/// Of fewer series a fifth would judge by chance.
inline constexpr int64_t enough_for_trials = 100;

/// How a classifier is made and trained, on whatever series.
struct ClassifyRecipe {
  std::string name;  // of the kind of the model, as --model says it
  SequenceClassifierOptions model{};
  TrainSettings common{};
  SeriesExtras extras{};
  bool balanced = false, every_step = false;

  ClassifyLoss loss(const std::vector<int64_t>& class_counts) const;
};

struct EpochSearch {
  int64_t epochs = 0;            // for a training on all series
  std::vector<int64_t> best{};   // of each trial
  std::vector<double> losses{};  // the lowest of each trial on its held-out fifth
  double seconds = 0;            // that it took
};

/// Trains `trials` models, each without another fifth of the series, for common.epochs or until
/// nothing gets better, and takes the median of the epochs with the lowest loss on that fifth. An
/// early best epoch had high rates behind it, which a shorter training sees less of: the answer
/// has as many epochs as give the same sum of rates. A signal throws Stopped.
EpochSearch search_epochs(const SeriesSet& set, const ClassifyRecipe& recipe, int64_t trials);

/// The AUC of two classes, else the accuracy, on `valid`, of a model that was trained on `part` and
/// whose best epoch was chosen there. A signal throws Stopped.
double score_on(const SeriesSet& part, const SeriesSet& valid, const ClassifyRecipe& recipe);

struct CrossValidation {
  struct Fold {
    Tensor logits, labels;             // of the series that its model has not seen
    ClassifyFigures simple, majority;  // of logistic regression, and of the shares of classes
  };
  std::vector<Fold> folds{};
  ClassifyRecipe recipe{};
  int64_t series = 0;
  EpochSearch epochs{};  // 0 unless they were to be found

  /// The mean AUC of two classes where each fold has one, else the mean accuracy.
  double score() const;
  /// What is best on all series, each judged by the model that has not seen it.
  double best_threshold(ThresholdAim aim) const;
  /// folds, accuracy and auc as means over folds, accuracy_sd and auc_sd their deviations,
  /// fold_accuracy and fold_auc each one's; the others, with the confusion matrix, over all series
  /// together. baseline_accuracy, logistic_accuracy and logistic_auc are means over the same folds.
  /// winner and conclusion: see models/tasks/conclusion.h.
  Json figures(const std::vector<std::string>& classes, std::optional<double> threshold) const;

 private:
  std::pair<Tensor, Tensor> together() const;  // logits and labels
  bool by_auc() const;
};

/// Each of `folds` stratified parts is judged by a model that was trained on the others. Where
/// epochs are to be found, that model holds out a fifth of its own series, by which its best epoch
/// is chosen, so that the part that judges chooses nothing; else all of them train for
/// common.epochs. A signal throws Stopped.
CrossValidation cross_validate(const SeriesSet& set, const ClassifyRecipe& recipe, int64_t folds,
                               bool find_epochs);

}  // namespace gradus::tools
