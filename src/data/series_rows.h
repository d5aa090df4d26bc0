// SPDX-License-Identifier: MIT
// Rows of a table into series: grouped by id, in the order of their times, each with its label.
#pragma once
#include "data/series_columns.h"
#include "data/series_roles.h"

namespace gradus {

/// The columns of a table as numbers, row by row.
struct TableValues {
  std::vector<std::vector<double>> features{};
  std::vector<double> times{};  // empty where there are none
};

/// Fills set.series, missing and notes; `set` knows its features and classes. Labels are read for
/// `Purpose::classes`; for a forecast all are 0, else -1.
void group_rows(const CsvTable& table, const Roles& roles, const SeriesColumns& columns,
                const TableValues& values, Purpose purpose, SeriesSet& set);

}  // namespace gradus
