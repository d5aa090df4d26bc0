// SPDX-License-Identifier: MIT
// Converts rows of a table to series: grouped by id, sorted by time, each with its label.
#pragma once
#include "data/series_columns.h"
#include "data/series_roles.h"

namespace gradus {

/// The columns of a table as numbers, row by row.
struct TableValues {
  std::vector<std::vector<double>> features{};
  std::vector<double> times{};  // empty if there are none
};

/// Fills set.series, missing and notes; features and classes of `set` must be set. Reads labels for
/// `Purpose::classes`; for a forecast all are 0, else -1.
void group_rows(const CsvTable& table, const Roles& roles, const SeriesColumns& columns,
                const TableValues& values, Purpose purpose, SeriesSet& set);

}  // namespace gradus
