// SPDX-License-Identifier: MIT
// Training on parts of a small data set, to find the number of epochs for all of it.
#pragma once
#include <functional>

#include "gradus/data/series_parts.h"
#include "gradus/train/trainer.h"
#include "tools/app/task_run.h"

namespace gradus::tools {

/// With fewer series, a fifth is too small to select epochs reliably.
inline constexpr int64_t enough_for_trials = 100;
/// The share that a trial holds out.
inline constexpr double held_out_share = 0.2;

struct EpochSearch {
  int64_t epochs = 0;            // for training on all series
  std::vector<int64_t> best{};   // epoch of each trial
  std::vector<double> losses{};  // lowest loss of each trial on its held-out fifth
  double seconds = 0;            // duration of the search
};

/// Sets `epochs` from the best epochs of the trials: the number of epochs whose schedule has the
/// same sum of learning rates as the first epochs, up to the median of the best, of a schedule over
/// common.epochs.
void settle_epochs(EpochSearch& search, const TrainSettings& common);

/// Records a trial.
void add_trial(EpochSearch& search, const TrainResult& trial);

/// Calls body(number, test, others) for each of `folds` stratified parts of the series. A signal
/// throws Stopped.
using FoldBody =
    std::function<void(int64_t number, const SeriesSet& test, const SeriesSet& others)>;
void each_fold(const SeriesSet& set, int64_t folds, Generator dealing, const FoldBody& body);

/// Trains on `samples` samples for up to common.epochs, quietly, with early stopping on
/// task.evaluate() if `score` is not empty. A signal throws Stopped.
TrainResult train_part(Task& task, int64_t samples, const std::string& score,
                       const TrainSettings& common);

}  // namespace gradus::tools
