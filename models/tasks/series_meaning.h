// SPDX-License-Identifier: MIT
// What each step of a series meant for a classifier's answer: three views, which need not agree.
// Next: models/tasks/series_baseline.h
#pragma once
#include "gradus/data/series_scale.h"
#include "models/sequence_classifier.h"

namespace gradus {

struct StepMeaning {
  int64_t said = 0;        // the class of the highest probability
  double probability = 0;  // of that class
  std::vector<double> times;
  /// Where the answer comes from looked: the weights of the pooling if it is attention, else the
  /// row of the last step in the last layer, the mean of its heads. Empty for other models.
  std::vector<double> attention;
  /// How much lower the probability is when the step is left out; below 0 where it rises.
  std::vector<double> effect;
  /// Gradient of the class's logit times the (scaled) values of the step, summed over features.
  std::vector<double> gradient;
};

/// Of series number `index`, as if it ended with step number `last` (-1: as it is); the model must
/// be in eval mode. A series of one step has effect 0: nothing is left without it.
StepMeaning step_meaning(SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale,
                         int64_t index, int64_t last = -1);

/// By the number of the step, means over the first `count` series that are as long.
struct MeanMeaning {
  int64_t series = 0;
  std::vector<double> attention{}, effect{}, gradient{};  // of the sizes; attention may be empty
};
MeanMeaning mean_meaning(SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale,
                         int64_t count);

}  // namespace gradus
