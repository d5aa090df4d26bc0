// SPDX-License-Identifier: MIT
// What a network for series must beat: the most frequent class, and logistic regression on a
// summary of each series.
// Next: models/sequence_classifier.h
#pragma once
#include "models/tasks/classify_task.h"

namespace gradus {

/// What the columns of a batch are.
SummaryColumns summary_columns(const SeriesScale& scale);

/// For each series and number the mean, deviation, smallest, largest, first and last value, after
/// scaling; for each category of a text the share of the steps in which it holds and, of at most
/// 20 categories, whether it holds at the last; and the logarithm of the series' length.
/// [N, 6 F + 1] where no feature is text; f64.
Tensor series_summary(const SeriesSet& set, const SeriesScale& scale);

/// Multinomial logistic regression: logits = summary weight^T + bias.
struct LogisticFit {
  Tensor weight, bias;  // [classes, 6 F + 1], [classes], f64
  double loss = 0;      // cross-entropy and penalty on the training set
  int64_t steps = 0;
};
/// On standardised summaries of the training set, with a penalty of 0.01 |w|^2 / 2 on their
/// weights; fitted with Adam until its loss stands still. A signal throws Stopped.
LogisticFit fit_logistic(const SeriesSet& training, const SeriesScale& scale);

/// Sets a `logistic` or `majority` model to what fits the training set, and the summary part of a
/// network to half of the logistic fit, from which it goes on: with all of it small sets were
/// learned by heart sooner, with none of it what only a summary shows was missed. The loss on the
/// training set, and how many steps the fit took.
LogisticFit fit_model(SequenceClassifier& model, const SeriesSet& training,
                      const SeriesScale& scale);

/// The figures of the logistic fit on `judged`.
ClassifyFigures logistic_regression(const SeriesSet& training, const SeriesSet& judged,
                                    const SeriesScale& scale);

/// The logarithms of the shares of the classes, by their counts: [classes], f64.
Tensor class_shares(const std::vector<int64_t>& training_counts);

/// The figures, for these labels [N], of saying the shares of the classes in the training data, by
/// the counts, whatever the sample: the class is the most frequent one, the AUC 0.5.
ClassifyFigures majority_figures(const std::vector<int64_t>& training_counts,
                                 const Tensor& labels);

}  // namespace gradus
