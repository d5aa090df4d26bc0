// SPDX-License-Identifier: MIT
// What gradus says of forecasts: the data, figures beside those of "as now"
// and "the mean", forecasts as CSV.
#pragma once
#include "models/tasks/forecast_task.h"
#include "tools/tasks/classify/report.h"

namespace gradus::tools {

/// For people, before a training.
std::string forecast_data_text(const char* what, const std::string& file, const SeriesSet& set);
std::string constant_features_text(const ClassifySchema& schema);

/// rmse, last_value_rmse and mean_rmse: objects by feature that is a number, null where no value is
/// known; last_value_loss and mean_loss, standardised.
Json forecast_figures(const ForecastFigures& f, const SeriesSet& like);

/// The last `window` steps of each series.
SeriesSet last_windows(const SeriesSet& set, int64_t window);

/// For each series its id, its last time, and what each number will be at the next step.
std::string forecasts_csv(const SeriesSet& set, const ClassifySchema& schema, int64_t window,
                          const SeriesForecaster& model);

}  // namespace gradus::tools
