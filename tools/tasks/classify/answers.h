// SPDX-License-Identifier: MIT
// A classifier's answers on series, with the series drawn or listed.
#pragma once
#include "models/tasks/classify_task.h"
#include "tools/app/answers.h"
#include "tools/tasks/series_schema.h"

namespace gradus::tools {

/// On the data that reports are about, by the threshold of the schema.
Answers series_answers(const ClassifyTask& task, const ClassifySchema& schema);

}  // namespace gradus::tools
