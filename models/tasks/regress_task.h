// SPDX-License-Identifier: MIT
// Predicting numbers from series: batches, losses, figures in the units of the targets.
// Next: models/tasks/series_baseline.h
#pragma once
#include <optional>
#include <span>

#include "gradus/data/batch.h"
#include "gradus/data/series_scale.h"
#include "gradus/train/trainer.h"
#include "models/sequence_classifier.h"
#include "models/tasks/ridge.h"
#include "models/tasks/splits.h"

namespace gradus {

/// mse: the mean of a target is predicted; l1: its median; huber: between both; quantile: its
/// quantiles.
enum class RegressLoss { mse, l1, huber, quantile };

struct RegressOptions {
  int64_t batch_size = 32;
  uint64_t seed = 0;  // seed of the order of the series
  RegressLoss loss = RegressLoss::mse;
  std::vector<double> quantiles{};  // increasing, of RegressLoss::quantile
  bool every_step = false;          // a loss at each valid step instead of one per series
  /// The outputs for a target: one, or one for each quantile.
  int64_t outputs() const {
    return loss == RegressLoss::quantile ? static_cast<int64_t>(quantiles.size()) : 1;
  }
};

/// Targets are trained as (value - mean) / deviation of the training data.
struct TargetScale {
  std::vector<double> mean{}, deviation{};
};
TargetScale target_scale(const SeriesSet& training);
/// The standardised targets of all series, or of series members[0], members[1], ...: [N, K], f64.
Tensor targets_of(const SeriesSet& set, const TargetScale& scale);
Tensor targets_of(const SeriesSet& set, const TargetScale& scale, std::span<const int64_t> members);

/// The mean of the quantile loss max(q d, (q - 1) d) with d = target - x over all elements.
///   x: [N, K Q], the quantiles of each target side by side; target: [N, K] -> scalar
/// Source: Koenker and Bassett 1978, "Regression quantiles".
Tensor quantile_loss(const Tensor& x, const Tensor& target, const std::vector<double>& quantiles);
/// The loss of these outputs.
Tensor regress_loss(const Tensor& x, const Tensor& target, const RegressOptions& options);

/// Figures of one target, in its unit; of quantiles, those of the one nearest to 0.5.
struct TargetFigures {
  double rmse = 0, mae = 0;
  double r2 = 0;                   // 1 - errors^2 / deviations^2 from the mean; NaN if undefined
  std::vector<double> coverage{};  // share of targets at or below each quantile
  double width = 0;                // mean distance of the first and the last quantile
};
struct RegressFigures {
  double loss = 0;             // standardised, as in training
  std::vector<double> each{};  // of each series
  std::vector<TargetFigures> targets{};
};
/// `predicted`: standardised [N, K Q].
RegressFigures regress_figures(const Tensor& predicted, const SeriesSet& set,
                               const TargetScale& scale, const RegressOptions& options);

/// A model of numbers with its data. Figure on the validation data: valid_loss; none without such
/// data.
struct RegressTask : Task {
  Module& model() override { return network.value(); }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  std::string score() const { return data.validated() ? "valid_loss" : ""; }
  /// The model's standardised outputs, [N, K Q]; quantiles in increasing order. Throws
  /// std::runtime_error, naming the series, if one is not finite.
  Tensor outputs(const SeriesSet& set) const;
  RegressFigures figures(const SeriesSet& set) const;

  Splits<SeriesSet> data{};
  SeriesScale scale{};
  TargetScale target{};
  RegressOptions options{};
  std::optional<SequenceClassifier> network{};

 private:
  Tensor loss_on(const SeriesSet& set, std::span<const int64_t> members) const;
  std::vector<gradus::Batch> batches_{};
};

/// The constant prediction that is best on the training data: means, medians or quantiles of the
/// standardised targets, [K Q], f64.
Tensor constant_outputs(const SeriesSet& training, const TargetScale& scale,
                        const RegressOptions& options);

}  // namespace gradus
