// SPDX-License-Identifier: MIT
// Classifying series: batches of similar length, cross-entropy, figures.
// Next: models/explain/series_meaning.h
#pragma once
#include <optional>

#include "gradus/data/batch.h"
#include "gradus/data/series_scale.h"
#include "gradus/train/metrics.h"
#include "gradus/train/trainer.h"
#include "models/sequence_classifier.h"
#include "models/tasks/splits.h"

namespace gradus {

struct ClassifyFigures {
  double loss = 0;  // mean cross-entropy, in nats
  double accuracy = 0;
  int64_t unknown = 0;  // series of classes that are not in the training data
  double macro_f1 = 0;
  std::optional<double> auc{};  // of two classes; of more, the mean of one against the rest
  // Two classes only, for the second (positive) one: F1, Brier score (the mean squared error of its
  // probability) and average precision.
  double f1 = 0, brier = 0;
  std::optional<double> average_precision{};
  std::vector<int64_t> confusion{};     // a row of counts for each true class
  std::vector<int64_t> predicted{};     // the class of each series
  std::vector<double> probabilities{};  // a row of classes for each series
};

/// From logits [N, classes] and labels [N]. A label below 0 is a class that training did not see:
/// it counts as wrong in accuracy and is left out of all other figures. With a threshold, for two
/// classes, the second one is predicted if its probability is at least that high; otherwise the
/// most probable class is. Throws std::runtime_error for logits that are not finite, or if no label
/// is known.
ClassifyFigures figures_of(const Tensor& logits, const Tensor& labels,
                           std::optional<double> threshold = {});

/// The best threshold for two classes on these data: see train/metrics.h.
double best_threshold(const Tensor& logits, const Tensor& labels, ThresholdAim aim);

/// Weights that balance the classes, N / (classes * count of each): [classes], f64; 0 for a class
/// without series.
Tensor balanced_weights(const std::vector<int64_t>& counts);

/// The default positive class of two, for F1, average precision, Brier score and threshold: the
/// larger of two numbers; the second of a pair such as no/yes, false/true, absent/present or
/// negative/positive, ignoring case; else the one with fewer series, the second on a tie.
size_t positive_class(const std::vector<std::string>& classes,
                      const std::vector<int64_t>& class_counts);

struct ClassifyOptions {
  int64_t batch_size = 32;
  uint64_t seed = 0;        // seed of the order of the series
  Tensor class_weight{};    // [classes], of the training loss; figures are never weighted
  bool every_step = false;  // a loss at each valid step instead of one per series
};

/// A classifier of series with its data. Figures on the validation data: valid_loss and
/// valid_accuracy; none without such data.
struct ClassifyTask : Task {
  ClassifyTask() = default;  // the parts are set later, before the first epoch
  ClassifyTask(Splits<SeriesSet> data, SeriesScale scale, SequenceClassifier classifier,
               ClassifyOptions options = {});
  Module& model() override { return classifier.value(); }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  /// The figure that selects the best epoch: "valid_loss", or "" for the last epoch.
  std::string score() const { return data.validated() ? "valid_loss" : ""; }
  /// The current model's logits for any set: [N, classes]. Throws std::runtime_error, naming the
  /// series, if a logit is not finite; a signal throws Stopped.
  Tensor logits(const SeriesSet& set) const;
  /// The logits at each step of each series, concatenated over the series: [steps, classes].
  Tensor step_logits(const SeriesSet& set) const;
  /// The model's figures on a set.
  ClassifyFigures figures(const SeriesSet& set, std::optional<double> threshold = {}) const;

  Splits<SeriesSet> data{};
  SeriesScale scale{};
  ClassifyOptions options{};
  std::optional<SequenceClassifier> classifier{};

 private:
  Tensor loss_on(const SeriesBatch& batch, const Tensor& class_weight) const;

  std::vector<gradus::Batch> batches_{};
};

/// valid_loss and valid_accuracy, the figures of each epoch.
Json epoch_figures(const ClassifyFigures& figures);

/// The labels of all series, [N], i64.
Tensor labels_of(const SeriesSet& set);

/// The share in `set` of the most frequent class of the training data: the accuracy of always
/// predicting it.
double majority_accuracy(const std::vector<int64_t>& training_counts, const SeriesSet& set);

}  // namespace gradus
