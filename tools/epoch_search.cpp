// SPDX-License-Identifier: MIT
// The search for the number of epochs.
#include "tools/epoch_search.h"

#include <algorithm>
#include <cmath>

#include "gradus/optim/adam.h"
#include "models/classify_task.h"

namespace gradus::tools {
namespace {

constexpr uint64_t trial_stream = 0xC1Cull << 32;
constexpr double held_out = 0.2;

TrainResult trial(const SeriesSet& all, const SequenceClassifierOptions& options,
                  const TrainSettings& common, bool balanced, int64_t number) {
  const auto seed = static_cast<uint64_t>(common.seed);
  SeriesSet part = all;
  Generator gen(seed, trial_stream + static_cast<uint64_t>(number));
  const SeriesSet valid = take_out(part, held_out, gen);
  const SeriesScale scale = series_scale(part);
  SequenceClassifierOptions own = options;
  own.encoder.features = scale.width();  // without some series the rest may be regular
  manual_seed(seed + static_cast<uint64_t>(number));
  SequenceClassifier model(own);
  ClassifyTraining task(part, valid, scale, model, common.batch_size, seed,
                        balanced ? balanced_weights(part.class_counts()) : Tensor());
  AdamW optimizer(model.named_parameters(),
                  {.lr = common.lr, .weight_decay = common.weight_decay});
  const int64_t batches = (part.size() + common.batch_size - 1) / common.batch_size;
  return Trainer(task, optimizer,
                 {.epochs = common.epochs,
                  .clip_norm = common.clip_norm,
                  .schedule = common.rates(common.epochs * batches),
                  .patience = std::max<int64_t>(common.epochs / 4, 5),
                  .quiet = true})
      .run();
}

// The epochs of a training of its own whose rates sum up to those of the first `best` of `epochs`.
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

EpochSearch search_epochs(const SeriesSet& set, const SequenceClassifierOptions& options,
                          const TrainSettings& common, bool balanced, int64_t trials) {
  EpochSearch found;
  for (int64_t i = 0; i < trials; ++i) {
    const TrainResult r = trial(set, options, common, balanced, i);
    found.seconds += r.seconds;
    if ((found.signal = r.signal)) return found;
    found.best.push_back(r.best_epoch);
  }
  std::vector<int64_t> sorted = found.best;
  std::sort(sorted.begin(), sorted.end());
  found.epochs = with_the_same_rates(common, sorted[sorted.size() / 2]);
  return found;
}

}  // namespace gradus::tools
