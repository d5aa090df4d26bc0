// SPDX-License-Identifier: MIT
// Converts dates and times of day in the cells of a column to numbers with a unit.
// Next: data/csv.h
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gradus {

/// The unit of a column's numbers. Days count from 1970-01-01, as do seconds (in UTC if a time zone
/// is given), ISO weeks from 1970-W01, months from 1970-01, quarters from 1970Q1; times of day
/// without a date count seconds from midnight, and so do durations.
enum class TimeUnit { days, seconds, weeks, months, quarters, seconds_of_day };
/// "days", "seconds", "weeks", "months", "quarters", "seconds of the day".
const char* name(TimeUnit unit);
std::optional<TimeUnit> time_unit(std::string_view name);

/// The order of day, month and year, as in 03/04/2024.
enum class DateOrder { automatic, dmy, mdy, ymd };
/// "auto", "dmy", "mdy", "ymd".
const char* name(DateOrder order);
std::optional<DateOrder> date_order(std::string_view name);

struct DateOptions {
  DateOrder order = DateOrder::automatic;     // set by the user: for 03/04/2024 and 03/04/24
  DateOrder fallback = DateOrder::automatic;  // if no cell decides: the order used in training
  std::optional<TimeUnit> unit{};             // the unit to convert to: as in training
  // 20240203, 2024034, 202402, 202402031015 and 20240203101500 are dates, not numbers.
  bool digits = false;
};

/// A column of dates, converted.
struct DateColumn {
  std::vector<double> values;  // one per cell; NaN if the cell is empty
  TimeUnit unit = TimeUnit::days;
  DateOrder order = DateOrder::automatic;  // given or detected; automatic if not needed
  std::string about;  // for a report: "dates, day/month/year, in days since 1970-01-01"
};

/// Why a column cannot be converted.
struct DateFault {
  enum class Kind {
    not_dates,  // most cells do not look like dates
    bad_cell,   // one cell has another form, or is not an existing day
    ambiguous   // only dates like 03/04/2024: two orders fit
  };
  Kind kind = Kind::not_dates;
  size_t row = 0;    // row of the first cell that does not fit
  std::string what;  // its text, the problem, and a remedy
};

/// Detects the date format from all cells of a column, and converts them. Empty cells are missing.
/// All cells of a column must have one form:
///   ISO 8601    2024-02-03, 20240203T101500Z, 2024-034, 2024-W05-6, 2024-02-03 10:15:00.25+01:00
///   orders      3/2/2024, 3.2.2024, 3-2-2024: day or month first, inferred from the cells
///   names       3 Feb 2024, Feb 3, 2024, 03FEB2024, Sat, 03 Feb 2024 10:15:00 GMT,
///               Sat Feb  3 10:15:00 2024
///   weeks       2024-W05
///   months      2024-02, 02/2024, Feb 2024, 2024M02
///   quarters    2024Q1, 2024-Q1, Q1 2024
///   time of day 10:15, 10:15:30.5, 3:45 PM, T10:15
///   durations   25:30:00, 1 days 02:00:00
/// A date may be followed by T or a blank and a time of day, and that by Z, UTC, GMT or an offset.
/// Dates alone, and times that are all midnight, count in days, others in seconds.
/// Years have four digits; two digits are read only if options.order is set: 69 to 99 are 1969 to
/// 1999, 00 to 68 are 2000 to 2068. Calendar: proleptic Gregorian. A leap second counts as the
/// following second.
std::variant<DateColumn, DateFault> read_dates(std::span<const std::string_view> cells,
                                               const DateOptions& options = {});

/// Formats a number of a column as a date: "2024-02-03", "2024-02-03 10:15:00.25", "2024-W05",
/// "2024-02", "2024Q1", "10:15:00"; the number itself if it is out of range (years 1 to 9999).
/// Fractions of a week, month or quarter are shown as a decimal: "2024-02 + 0.5".
std::string date_text(double value, TimeUnit unit);

/// "seconds", "milliseconds", "microseconds" or "nanoseconds" if all numbers from `low` to `high`
/// are plausible counts of them since 1970 (years 1990 to 2100), else "".
const char* epoch_unit(double low, double high);

}  // namespace gradus
