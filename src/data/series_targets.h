// SPDX-License-Identifier: MIT
// The numbers that a regression predicts: columns of a table that are no features.
#pragma once
#include "data/series_rows.h"

namespace gradus {

/// Throws unless all targets are numeric columns of the table that are not dropped.
void check_targets(const CsvTable& table, const std::vector<std::string>& targets,
                   const SeriesColumns& columns);

/// group_rows(), and the targets of each series: its last known values of set.targets.
void group_with_targets(const CsvTable& table, const Roles& roles, const SeriesColumns& columns,
                        TableValues values, SeriesSet& set);

/// Throws if a target has the same value in all series.
void check_spread(const SeriesSet& set);

}  // namespace gradus
