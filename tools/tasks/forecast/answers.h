// SPDX-License-Identifier: MIT
// A forecaster's answers, drawn beside the series.
#pragma once
#include "models/tasks/forecast_task.h"
#include "tools/app/answers.h"

namespace gradus::tools {

/// Some series from the one with the largest error to that with the smallest, with the forecast of
/// each step from the steps before it.
Answers forecast_answers(const ForecastTask& task);

}  // namespace gradus::tools
