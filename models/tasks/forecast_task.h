// SPDX-License-Identifier: MIT
// Training a model to forecast the next step of series: mean squared error on standardised
// features, over the values that are known.
// Next: models/tasks/sequence_task.h
#pragma once
#include "gradus/data/batch.h"
#include "gradus/data/series_scale.h"
#include "gradus/train/trainer.h"
#include "models/series_forecaster.h"

namespace gradus {

/// What a model reads, and what it should say at each step: the features of the next.
struct ForecastBatch {
  Tensor values, times;          // [B, T, width], [B, T]
  std::vector<int64_t> lengths;  // steps that have a next one
  Tensor target;                 // [B, T, N], standardised: the features scale.numbers()
  Tensor known;                  // [B, T, N]: 1 where there is such a value, else 0
  double count = 0;              // of the known ones
};

/// Of these series. Empty cells, dates, and features that are constant in training are no targets.
ForecastBatch forecast_batch(const SeriesSet& set, const SeriesScale& scale,
                             std::span<const int64_t> members);

/// The mean of squares over the known values; 0 where none is known.
Tensor forecast_loss(const Tensor& said, const ForecastBatch& batch);

/// Pieces of at most `window` steps, each beginning with the last step of the one before, so that
/// every step but a series' first is forecast once. Series of one step, which have no next one, are
/// left out.
SeriesSet windows(const SeriesSet& set, int64_t window);

/// The last `fraction` of the steps of each series, taken out of `set` and returned, beginning with
/// the last step that stays; each part of a series of 4 steps or more has 2 at least. Throws
/// std::invalid_argument unless 0 < fraction < 1.
SeriesSet take_out_ends(SeriesSet& set, double fraction);

/// Errors of forecasts, and of two that need no model: the value of now, as it is or as it was
/// last known, and the mean of the training data.
struct ForecastFigures {
  struct Errors {
    double loss = 0;           // the mean of squares, standardised
    std::vector<double> rmse;  // of each feature, in its own units; NaN where it is no target
    std::vector<double> each;  // the loss of each series of which a value is known
  };
  Errors model, last_value, mean;
};

/// Keeps references: sets, scale and model must live as long.
class ForecastTraining : public Task {
 public:
  ForecastTraining(const SeriesSet& training, const SeriesSet& valid, const SeriesScale& scale,
                   SeriesForecaster& model, int64_t batch_size, uint64_t seed);
  Module& model() override { return model_; }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  /// valid_loss; where `valid` is empty, fit_loss: that of the training data, without dropout.
  Json evaluate() override;
  /// Those of the model, as it is, on any set.
  ForecastFigures figures(const SeriesSet& set) const;

 private:
  const SeriesSet &training_, &valid_;
  const SeriesScale& scale_;
  SeriesForecaster& model_;
  int64_t batch_size_;
  uint64_t seed_;
  std::vector<int64_t> lengths_;
  std::vector<gradus::Batch> batches_;
};

}  // namespace gradus
