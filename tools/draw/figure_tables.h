// SPDX-License-Identifier: MIT
// The figures of a report that are printed as tables.
#pragma once
#include <string>

#include "gradus/io/json.h"

namespace gradus::tools {

/// From "classes" and "confusion": one row per true class, one column per predicted class.
std::string confusion_table(const Json& figures);

/// From "by_part": accuracy and AUC of the predictions after each part of the steps.
std::string part_table(const Json& by_part);

/// From "rmse", "last_value_rmse" and "mean_rmse": one row per feature.
std::string forecast_table(const Json& figures);

}  // namespace gradus::tools
