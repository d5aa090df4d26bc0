// SPDX-License-Identifier: MIT
// The figures of a report that are printed as tables.
#pragma once
#include <string>
#include <vector>

#include "gradus/io/json.h"

namespace gradus::tools {

/// From "classes" and "confusion": one row per true class, one column per predicted class.
std::string confusion_table(const Json& figures);

/// From "by_part": accuracy and AUC of the predictions after each part of the steps.
std::string part_table(const Json& figures);

/// From "rmse", "last_value_rmse" and "mean_rmse": one row per feature.
std::string forecast_table(const Json& figures);

/// From "rmse", "mae", "r2", "mean_rmse" and "ridge_rmse": one row per target.
std::string number_table(const Json& figures);

/// Figures that are printed as a table instead of a line each, if a report has all of them.
struct FigureTable {
  std::vector<std::string> keys;
  std::string (*text)(const Json& figures);
};
const std::vector<FigureTable>& figure_tables();

}  // namespace gradus::tools
