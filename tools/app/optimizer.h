// SPDX-License-Identifier: MIT
// From settings to an optimiser.
#pragma once
#include <memory>

#include "tools/app/task_run.h"

namespace gradus::tools {

/// The optimiser that the settings name, for all parameters of the model.
std::unique_ptr<Optimizer> optimizer_of(const TrainSettings& settings, Module& model);

/// Throws UsageError for flags that the chosen optimiser does not use.
void check_optimizer(const TaskRun& t);

}  // namespace gradus::tools
