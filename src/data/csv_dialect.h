// SPDX-License-Identifier: MIT
// Detects the dialect of a CSV file from its first lines or its cells.
#pragma once
#include <optional>

#include "data/csv_records.h"

namespace gradus {

/// The separator used consistently in the first lines: , ; tab or |, else blanks.
char found_separator(std::string_view text);
/// "comma", ";", "tab", "|", "blanks"
std::string separator_name(char separator);
/// The separator in a first line "sep=;", as written by spreadsheets; sets `length` to the line's
/// length including the line end.
std::optional<char> declared_separator(std::string_view text, size_t& length);

/// Whether the first record is data rather than a header: its cells are like those below them and
/// are not numbers that count the columns.
bool looks_like_data(const CsvRecords& records);

/// Whether a cell is a number with one comma, "1,5", or with one point, "1.5".
bool has_decimal(std::string_view cell, char mark);
/// Whether the comma of such a number may be a thousands separator: "1,234".
bool may_be_thousands(std::string_view cell);

}  // namespace gradus
