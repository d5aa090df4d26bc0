// SPDX-License-Identifier: MIT
// How many epochs a small set needs: looked for on parts that are held out, so that the model
// itself can be trained on every series.
#pragma once
#include "gradus/data/series.h"
#include "models/sequence_classifier.h"
#include "tools/train.h"

namespace gradus::tools {

struct EpochSearch {
  int64_t epochs = 0;           // for a training on all series
  std::vector<int64_t> best{};  // of each trial
  double seconds = 0;           // that it took
  int signal = 0;               // when one stopped it
};

/// Trains `trials` models, each without another fifth of the series, for common.epochs or until
/// nothing gets better, and takes the median of the epochs with the lowest loss on that fifth. An
/// early best epoch had high rates behind it, which a shorter training sees less of: the answer
/// has as many epochs as give the same sum of rates.
EpochSearch search_epochs(const SeriesSet& set, const SequenceClassifierOptions& options,
                          const TrainSettings& common, bool balanced, int64_t trials);

}  // namespace gradus::tools
