// SPDX-License-Identifier: MIT
// The importance of each step of a series for a classifier's prediction, in three views that need
// not agree.
// Next: models/tasks/series_baseline.h
#pragma once
#include "gradus/data/series_scale.h"
#include "models/sequence_classifier.h"

namespace gradus {

struct StepMeaning {
  int64_t predicted = 0;   // the class with the highest probability
  double probability = 0;  // probability of that class
  std::vector<double> times;
  /// The attention weights behind the prediction: those of the pooling if it is attention, else the
  /// last step's row in the last layer, averaged over heads. Empty for other models.
  std::vector<double> attention;
  /// How much the probability falls when the step is left out; negative if it rises.
  std::vector<double> effect;
  /// Gradient of the class logit times the (scaled) values of the step, summed over features.
  std::vector<double> gradient;
};

/// For series `index`, cut after step `last` (-1: uncut); the model must be in eval mode. A series
/// of one step has effect 0, since nothing is left without it.
StepMeaning step_meaning(SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale,
                         int64_t index, int64_t last = -1);

/// Means by step index over the first `count` series, each over the series that are long enough.
struct MeanMeaning {
  int64_t series = 0;
  std::vector<double> attention{}, effect{}, gradient{};  // absolute values; attention may be empty
};
MeanMeaning mean_meaning(SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale,
                         int64_t count);

}  // namespace gradus
