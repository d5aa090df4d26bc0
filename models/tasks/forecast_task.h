// SPDX-License-Identifier: MIT
// Forecasting the next step of series, with the mean squared error of standardised features over
// the known values. Next: models/tasks/sequence_task.h
#pragma once
#include <optional>

#include "gradus/data/batch.h"
#include "gradus/data/series_scale.h"
#include "gradus/train/trainer.h"
#include "models/series_forecaster.h"
#include "models/tasks/splits.h"

namespace gradus {

/// The model's inputs, and its targets at each step: the features of the next step.
struct ForecastBatch {
  Tensor values, times;          // [B, T, width], [B, T]
  std::vector<int64_t> lengths;  // number of steps that have a next one
  Tensor target;                 // [B, T, N], standardised: the features scale.numbers()
  Tensor known;                  // [B, T, N]: 1 where the target is known, else 0
  double count = 0;              // number of known targets
};

/// The batch of some series. Empty cells, dates and features that are constant in training are not
/// targets.
ForecastBatch forecast_batch(const SeriesSet& set, const SeriesScale& scale,
                             std::span<const int64_t> members);

/// The mean of squared errors over the known targets; 0 if there are none.
Tensor forecast_loss(const Tensor& predicted, const ForecastBatch& batch);

/// Cuts series into pieces of at most `window` steps; each piece starts with the last step of the
/// one before, so every step but the first of a series is a target once. Series of one step are
/// dropped: they have no target.
SeriesSet windows(const SeriesSet& set, int64_t window);

/// Takes the last `fraction` of the steps of each series out of `set` and returns them, preceded by
/// the last step that stays; both parts of a series of 4 or more steps have at least 2. Throws
/// std::invalid_argument unless 0 < fraction < 1.
SeriesSet take_out_ends(SeriesSet& set, double fraction);

/// Errors of the model and of two forecasts without a model: the last known value, and the mean of
/// the training data.
struct ForecastFigures {
  struct Errors {
    double loss = 0;           // mean squared error, standardised
    std::vector<double> rmse;  // per feature, in its own units; NaN if it is not a target
    // The loss of each series with a known target; of fewer than 10 series, the losses of 10
    // stretches in all, or some more, which show the noise of a single series as well.
    std::vector<double> each;
  };
  Errors model, last_value, mean;
};

struct ForecastOptions {
  int64_t batch_size = 32;
  uint64_t seed = 0;  // seed of the order of the series
};

/// A forecaster of series with its data. Figure on the validation data: valid_loss; without such
/// data fit_loss, the loss on the training data without dropout.
struct ForecastTask : Task {
  ForecastTask() = default;  // the parts are set later, before the first epoch
  ForecastTask(Splits<SeriesSet> data, SeriesScale scale, SeriesForecaster forecaster,
               ForecastOptions options = {});
  Module& model() override { return forecaster.value(); }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  /// The figure that selects the best epoch.
  std::string score() const { return data.validated() ? "valid_loss" : "fit_loss"; }
  /// The errors of the current model on any set.
  ForecastFigures figures(const SeriesSet& set) const;

  Splits<SeriesSet> data{};
  SeriesScale scale{};
  ForecastOptions options{};
  std::optional<SeriesForecaster> forecaster{};

 private:
  std::vector<gradus::Batch> batches_{};
};

}  // namespace gradus
