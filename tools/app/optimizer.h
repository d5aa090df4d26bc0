// SPDX-License-Identifier: MIT
// From settings to an optimiser.
#pragma once
#include <memory>

#include "gradus/optim/parameters.h"
#include "tools/app/task_run.h"

namespace gradus::tools {

/// Freezes the parameters that --freeze names; the others by their factor on the learning rate,
/// from
/// --layer-decay. Throws UsageError for settings that do not fit the model.
std::vector<RateGroup> choose_parameters(const TrainSettings& settings, Module& model);

/// The optimiser that the settings name, for all parameters of the model that
/// are not frozen.
std::unique_ptr<Optimizer> optimizer_of(const TrainSettings& settings, Module& model);

/// Throws UsageError for flags that the chosen optimiser does not use.
void check_optimizer(const TaskRun& t);

}  // namespace gradus::tools
