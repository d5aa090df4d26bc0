// SPDX-License-Identifier: MIT
// Reads the .ts files of time series archives (aeon, sktime, the UCR and UEA archives).
// Next: data/toy_series.h
#pragma once
#include <string>
#include <string_view>

#include "gradus/data/series.h"

namespace gradus {

/// Reads a .ts file as a long table with the columns id, time, x1, x2, ..., and label, with the
/// names in `columns`. Its lines:
///   comments     # or % at the start
///   header       @words, in any case, with blanks or tabs between them, up to @data
///   series       one per line: its dimensions, separated by ":", with the label at the end; values
///                are separated by commas; ? and NaN are missing
///   times        a value may be "(time, value)"; a time is a number or a date
///   labels       one of those listed after "@classLabel true", in any case; listed labels may
///                consist of several words. Without a list any text. There is no label column if
///                @classLabel is false, or if it is absent and the first label is empty.
///   targets      after "@targetLabel true" the label is a number, in a column called target
/// Ids count the series from 1; without times, steps count from 0. Only the encoding and the
/// missing-value markers of `options` apply.
/// Throws std::runtime_error "FILE:LINE: ...": no @data, a line with another number of dimensions,
/// dimensions of different lengths or times, a label that is empty or not in the list, a value that
/// is not a number, bytes that are not UTF-8.
CsvTable ts_table(std::string_view bytes, const std::string& name,
                  const SeriesColumns& columns = {}, const CsvOptions& options = {});

/// A table of series from the bytes of a file: .ts if the name ends in ".ts" or the first line that
/// is not a comment starts with an @word, else CSV.
CsvTable series_table(std::string_view bytes, const std::string& name,
                      const CsvOptions& options = {}, const SeriesColumns& columns = {});

/// The same from a file; "-" is standard input.
CsvTable read_series_table(const std::string& path, const SeriesColumns& columns = {},
                           const CsvOptions& options = {});

}  // namespace gradus
