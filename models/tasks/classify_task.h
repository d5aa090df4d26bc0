// SPDX-License-Identifier: MIT
// Training a classifier of series: batches of similar length, cross-entropy, accuracy.
// Next: models/tasks/series_meaning.h
#pragma once
#include <optional>

#include "gradus/data/batch.h"
#include "gradus/data/series_scale.h"
#include "gradus/train/metrics.h"
#include "gradus/train/trainer.h"
#include "models/sequence_classifier.h"

namespace gradus {

struct ClassifyFigures {
  double loss = 0;  // mean cross-entropy, in nats
  double accuracy = 0;
  int64_t unknown = 0;  // series of classes that training did not see
  double macro_f1 = 0;
  std::optional<double> auc{};  // of two classes, else the mean of one against the rest
  // Of two classes, for the second one, which is the positive one: F1, average precision, and the
  // mean squared error of its probability.
  double f1 = 0, brier = 0;
  std::optional<double> average_precision{};
  std::vector<int64_t> confusion{};     // a row of counts for each true class
  std::vector<int64_t> predicted{};     // the class of each series
  std::vector<double> probabilities{};  // a row of classes for each series
};

/// From logits [N, classes] and labels [N]. A label below 0 is a class that training did not see:
/// accuracy counts it as wrong, all other figures leave it out. With a threshold, for two classes:
/// the second one is said where its probability is as high; else the class of the highest
/// probability. Throws std::runtime_error for logits that are not finite, and where no label is
/// known.
ClassifyFigures figures_of(const Tensor& logits, const Tensor& labels,
                           std::optional<double> threshold = {});

/// The threshold for two classes that is best on these data: see train/metrics.h.
double best_threshold(const Tensor& logits, const Tensor& labels, ThresholdAim aim);

/// What makes all classes count alike, N / (classes * count of each): [classes], f64; 0 for a class
/// without series.
Tensor balanced_weights(const std::vector<int64_t>& counts);

/// Which of two classes F1, average precision, Brier's score and thresholds are about, where nobody
/// has said so: of two numbers the larger one, of a pair such as no/yes, false/true, absent/present
/// or negative/positive the second, whatever its letters' case; else the one with fewer series, of
/// equally many the second.
size_t positive_class(const std::vector<std::string>& classes,
                      const std::vector<int64_t>& class_counts);

struct ClassifyLoss {
  Tensor class_weight{};    // [classes], of the training loss; figures are never weighted
  bool every_step = false;  // each valid step shall say the class, not the series as a whole
};

/// Keeps references: sets, scale and model must live as long.
class ClassifyTraining : public Task {
 public:
  ClassifyTraining(const SeriesSet& training, const SeriesSet& valid, const SeriesScale& scale,
                   SequenceClassifier& model, int64_t batch_size, uint64_t seed,
                   ClassifyLoss rule = {});
  Module& model() override { return model_; }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  /// valid_loss and valid_accuracy; nothing where `valid` is empty.
  Json evaluate() override;
  /// The figure that chooses the best epoch: "valid_loss", or "", which is the last one.
  std::string score() const { return valid_.size() ? "valid_loss" : ""; }
  /// What the model, as it is, says of any set: [N, classes]. An answer that is not finite throws
  /// std::runtime_error, with the series; a signal Stopped.
  Tensor logits(const SeriesSet& set) const;
  /// The same for each step of each series, one series behind the other: [steps, classes].
  Tensor step_logits(const SeriesSet& set) const;
  /// Its figures there.
  ClassifyFigures figures(const SeriesSet& set, std::optional<double> threshold = {}) const;

 private:
  Tensor loss_on(const SeriesBatch& batch, const Tensor& class_weight) const;

  const SeriesSet &training_, &valid_;
  const SeriesScale& scale_;
  SequenceClassifier& model_;
  int64_t batch_size_;
  uint64_t seed_;
  ClassifyLoss rule_;
  std::vector<int64_t> lengths_;
  std::vector<gradus::Batch> batches_;
};

/// The labels of all series, [N], i64.
Tensor labels_of(const SeriesSet& set);

/// The share in `set` of the class that is the most frequent one in the training data, by the
/// counts there: what a guess reaches.
double majority_accuracy(const std::vector<int64_t>& training_counts, const SeriesSet& set);

}  // namespace gradus
