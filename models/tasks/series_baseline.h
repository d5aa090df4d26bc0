// SPDX-License-Identifier: MIT
// Baselines for networks on series: the class frequencies, and logistic regression on a summary of
// each series.
// Next: models/sequence_classifier.h
#pragma once
#include "models/tasks/classify_task.h"

namespace gradus {

/// The columns of a batch with this scale.
SummaryColumns summary_columns(const SeriesScale& scale);

/// For each series, after scaling: for each number the mean, deviation, minimum, maximum, first and
/// last value; for each category of a text the share of the steps in which it holds and, for at
/// most 20 categories, whether it holds at the last step; and the logarithm of the length.
/// [N, 6 F + 1] if no feature is text; f64.
Tensor series_summary(const SeriesSet& set, const SeriesScale& scale);

/// Multinomial logistic regression: logits = summary weight^T + bias.
struct LogisticFit {
  Tensor weight, bias;  // [classes, 6 F + 1], [classes], f64
  double loss = 0;      // cross-entropy and penalty on the training set
  int64_t steps = 0;
};
/// Fitted on standardised summaries of the training set, with a penalty of 0.01 |w|^2 / 2 on their
/// weights, by Adam until the loss stops falling. A signal throws Stopped.
LogisticFit fit_logistic(const SeriesSet& training, const SeriesScale& scale);

/// Fits a `logistic` or `majority` model to the training set, and initialises the summary part of a
/// network with half of the logistic fit: with all of it small data sets were overfitted sooner,
/// with none of it the network missed what only the summary shows. Returns the fit.
LogisticFit fit_model(SequenceClassifier& model, const SeriesSet& training,
                      const SeriesScale& scale);

/// The figures of a fit on `evaluated`.
ClassifyFigures logistic_figures(const LogisticFit& fit, const SeriesSet& evaluated,
                                 const SeriesScale& scale);
/// The same for the logistic fit on `training`.
ClassifyFigures logistic_regression(const SeriesSet& training, const SeriesSet& evaluated,
                                    const SeriesScale& scale);

/// The logarithms of the class frequencies: [classes], f64.
Tensor class_shares(const std::vector<int64_t>& training_counts);

/// The figures, for these labels [N], of predicting the class frequencies of the training data for
/// every sample: the predicted class is the most frequent one, the AUC 0.5.
ClassifyFigures majority_figures(const std::vector<int64_t>& training_counts, const Tensor& labels);

}  // namespace gradus
