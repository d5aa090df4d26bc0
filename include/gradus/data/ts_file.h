// SPDX-License-Identifier: MIT
// The .ts files of the time series archives (aeon, sktime, the UCR and UEA archives).
// Next: data/toy_series.h
#pragma once
#include <string>
#include <string_view>

#include "gradus/data/series.h"

namespace gradus {

/// A .ts file as a long table with the columns id, time, x1, x2, ..., and label, as `columns` name
/// them. Its lines: comments (#), a header of @words (case does not matter), @data, and then one
/// series a line: its dimensions, separated by ":", with the label at the end; values are
/// separated by commas, "?" is missing. With "@timestamps true" a value is "(time, value)".
/// Ids count the series from 1; times count the steps from 0 where there are none.
/// Throws std::runtime_error "FILE:LINE: ...": no @data, no "@classlabel true", a line with
/// another number of dimensions, dimensions of different lengths or times, a label that the header
/// does not name, a value that is no number.
CsvTable ts_table(std::string_view bytes, const std::string& name,
                  const SeriesColumns& columns = {});

/// A file of series: a .ts file by its ending, else CSV; "-" is standard input, as CSV.
CsvTable read_series_table(const std::string& path, const SeriesColumns& columns = {});

}  // namespace gradus
