// SPDX-License-Identifier: MIT
// What a CSV file looks like, found from its first lines or its cells.
#pragma once
#include <optional>

#include "data/csv_records.h"

namespace gradus {

/// The separator that the first lines agree on: , ; tab or |, else blanks.
char found_separator(std::string_view text);
/// "comma", ";", "tab", "|", "blanks"
std::string separator_name(char separator);
/// The separator in a first line "sep=;", as spreadsheets write it; its length with the line end
/// is put into `length`.
std::optional<char> declared_separator(std::string_view text, size_t& length);

/// Whether the first record is data and no header: its cells are like those under them, and are
/// not numbers that count the columns.
bool looks_like_data(const CsvRecords& records);

/// Whether a cell is a number with one comma, "1,5", or with one point, "1.5".
bool has_decimal(std::string_view cell, char mark);
/// Whether the comma of such a number may part thousands: "1,234".
bool may_be_thousands(std::string_view cell);

}  // namespace gradus
