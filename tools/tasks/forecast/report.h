// SPDX-License-Identifier: MIT
// Reports of gradus train forecast: the data, figures compared with those of the last value and the
// mean, forecasts as CSV.
#pragma once
#include "models/tasks/forecast_task.h"
#include "tools/tasks/series_schema.h"

namespace gradus::tools {

/// Descriptions of the data, printed before training.
std::string forecast_data_text(const char* what, const std::string& file, const SeriesSet& set);
std::string constant_features_text(const ClassifySchema& schema);

/// rmse, last_value_rmse and mean_rmse: objects with a value for each numeric feature, null if no
/// value is known; last_value_loss and mean_loss, standardised.
Json forecast_figures(const ForecastFigures& f, const SeriesSet& like);

/// The last `window` steps of each series.
SeriesSet last_windows(const SeriesSet& set, int64_t window);

/// For each series its id, its last time, and the forecast of each number at the next step.
std::string forecasts_csv(const SeriesSet& set, const ClassifySchema& schema, int64_t window,
                          const SeriesForecaster& model);

}  // namespace gradus::tools
