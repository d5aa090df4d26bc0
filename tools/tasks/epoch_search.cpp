// SPDX-License-Identifier: MIT
// Finds numbers of epochs.
#include "tools/tasks/epoch_search.h"

#include <algorithm>
#include <cmath>

#include "gradus/train/stop.h"
#include "tools/app/optimizer.h"

namespace gradus::tools {
namespace {

// The number of epochs at which a full schedule sums to the same learning rates as the first `best`
// epochs of a schedule over common.epochs.
int64_t with_the_same_rates(const TrainSettings& common, int64_t best) {
  constexpr int64_t fine = 64;  // parts of an epoch
  const Schedule rates = common.rates(common.epochs * fine);
  double before = 0, all = 0;
  for (int64_t i = 0; i < common.epochs * fine; ++i) {
    all += rates(i, 1);
    if (i < best * fine) before += rates(i, 1);
  }
  if (all <= 0) return best;
  const double share = before / all * static_cast<double>(common.epochs);
  return std::clamp<int64_t>(std::lround(share), 1, common.epochs);
}

}  // namespace

void settle_epochs(EpochSearch& e, const TrainSettings& common) {
  std::vector<int64_t> sorted = e.best;
  std::sort(sorted.begin(), sorted.end());
  e.epochs = with_the_same_rates(common, sorted[sorted.size() / 2]);
}

void add_trial(EpochSearch& e, const TrainResult& trial) {
  e.seconds += trial.seconds;
  e.best.push_back(trial.best_epoch);
  e.losses.push_back(trial.best_score);
}

void each_fold(const SeriesSet& set, int64_t folds, Generator dealing, const FoldBody& body) {
  const std::vector<int64_t> fold = stratified_folds(set, folds, dealing);
  StoppablePhase phase("folds", folds);
  for (int64_t k = 0; k < folds; ++k) {
    std::vector<bool> in_fold(fold.size());
    for (size_t i = 0; i < fold.size(); ++i) in_fold[i] = fold[i] == k;
    const SeriesSet test = chosen_series(set, in_fold);
    in_fold.flip();
    body(k, test, chosen_series(set, in_fold));
    phase.next();
  }
}

TrainResult train_part(Task& task, int64_t samples, const std::string& score,
                       const TrainSettings& c) {
  const std::unique_ptr<Optimizer> optimizer = optimizer_of(c, task.model());
  const int64_t batches = (samples + c.batch_size - 1) / c.batch_size;
  const int64_t steps = c.steps > 0 ? c.steps : c.epochs * batches;
  const TrainResult result = Trainer(task, *optimizer,
                                     {.epochs = (steps + batches - 1) / batches,
                                      .steps = c.steps,
                                      .clip_norm = c.clip_norm,
                                      .schedule = c.rates(steps),
                                      .patience = std::max<int64_t>(c.epochs / 4, 5),
                                      .score = score,
                                      .quiet = true,
                                      .as_phase = true})
                                 .run();
  if (result.signal) throw Stopped(result.signal);
  return result;
}

}  // namespace gradus::tools
