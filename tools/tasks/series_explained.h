// SPDX-License-Identifier: MIT
// Series in the form that explanations show.
#pragma once
#include "tools/draw/explain.h"
#include "tools/tasks/series_schema.h"

namespace gradus::tools {

/// The columns, values and times of a set; the model's answer is left to the task.
Explained explained_data(const SeriesSet& set, const ClassifySchema& schema);

}  // namespace gradus::tools
