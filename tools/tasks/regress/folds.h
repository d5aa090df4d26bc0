// SPDX-License-Identifier: MIT
// Fits of models of numbers on parts of the data: trials, folds, and the simple models.
#pragma once
#include "gradus/io/json.h"
#include "tools/tasks/epoch_search.h"
#include "tools/tasks/regress/settings.h"

namespace gradus::tools {

/// Sets the weights of `ridge` and `mean`, or those of the summary in a network to half of a ridge
/// regression.
void fit_simple(RegressTask& task);

/// Standardised outputs [N, K Q] of the simple models on `set`; constant: [K Q].
Tensor constant_on(const SeriesSet& set, const Tensor& constant);
Tensor ridge_on(const SeriesSet& set, const RegressTask& task, const RidgeFit& fit);
/// Ridge regression of the standardised targets on summaries.
RidgeFit fit_ridge(const RegressTask& task);

/// Errors of a model and of the simple ones on the same series.
struct Compared {
  RegressFigures model, constant;
  std::optional<RegressFigures> ridge{};
};
Compared compared_on(const SeriesSet& set, const RegressTask& task, const Tensor& outputs,
                     const Tensor& constant, const std::optional<RidgeFit>& ridge);

/// Trials as for classes: see tools/tasks/epoch_search.h.
EpochSearch search_epochs(const SeriesSet& set, const RegressRecipe& recipe, int64_t trials);

struct RegressFolds {
  EpochSearch epochs{};  // epochs is 0 unless the search was requested
  Compared all{};        // over all series, each predicted by a model that did not see it
};
RegressFolds cross_validate(const SeriesSet& set, const RegressRecipe& recipe, int64_t folds,
                            bool find_epochs);

}  // namespace gradus::tools
