// SPDX-License-Identifier: MIT
// Dates and times of day in the cells of a column, as numbers with a unit.
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

/// What one step of a column's numbers is. Dates count from 1970-01-01 (so do seconds, in UTC
/// where a zone is written), ISO weeks from 1970-W01, months from 1970-01, quarters from 1970Q1;
/// times of day without a date count seconds from midnight.
enum class TimeUnit { days, seconds, weeks, months, quarters, seconds_of_day };
/// "days", "seconds", "weeks", "months", "quarters", "seconds of the day".
const char* name(TimeUnit unit);
std::optional<TimeUnit> time_unit(std::string_view name);

/// Which number of 03/04/2024 is what.
enum class DateOrder { automatic, dmy, mdy, ymd };
/// "auto", "dmy", "mdy", "ymd".
const char* name(DateOrder order);
std::optional<DateOrder> date_order(std::string_view name);

struct DateOptions {
  DateOrder order = DateOrder::automatic;     // the user insists: for 03/04/2024 and 03/04/24
  DateOrder fallback = DateOrder::automatic;  // where no cell decides: the order of training
  std::optional<TimeUnit> unit{};            // convert to this one: as in training
  bool digits = false;  // 20240203, 2024034, 202402 and 20240203101500 are dates, not numbers
};

/// A column of dates, converted.
struct DateColumn {
  std::vector<double> values;  // one a cell; NaN where the cell is empty
  TimeUnit unit = TimeUnit::days;
  DateOrder order = DateOrder::automatic;  // used or found; automatic where none was needed
  std::string about;  // for a report: "dates, day/month/year, in days since 1970-01-01"
};

/// Why a column cannot be converted.
struct DateFault {
  enum class Kind {
    not_dates,  // most cells have nothing of a date
    bad_cell,   // one cell does not fit, or names no day that exists
    ambiguous   // 03/04/2024 alone: two orders fit
  };
  Kind kind = Kind::not_dates;
  size_t row = 0;    // of the first cell that does not fit
  std::string what;  // its text, what is wrong with it, and a way out
};

/// Decides from all cells of a column what its dates look like, and converts them. Empty cells
/// are missing. A column keeps to one form:
///   ISO 8601    2024-02-03, 20240203T101500Z, 2024-034, 2024-W05-6, 2024-02-03 10:15:00.25+01:00
///   orders      3/2/2024, 3.2.2024, 3-2-2024: day or month first, as the cells decide
///   names       3 Feb 2024, Feb 3, 2024, 03FEB2024, Sat, 03 Feb 2024 10:15:00 GMT
///   weeks       2024-W05
///   months      2024-02, 02/2024, Feb 2024, 2024M02
///   quarters    2024Q1, 2024-Q1, Q1 2024
///   time of day 10:15, 10:15:30.5, 3:45 PM, T10:15
/// A date may be followed by T or a blank and a time of day, and that by Z, UTC, GMT or an offset.
/// Dates alone, and times that are all midnight, count in days, others in seconds.
/// Years have four digits; two are read only where options.order insists: 69 to 99 are 1969 to
/// 1999, 00 to 68 are 2000 to 2068. Calendar: proleptic Gregorian. A leap second is the next one.
std::variant<DateColumn, DateFault> read_dates(std::span<const std::string_view> cells,
                                               const DateOptions& options = {});

/// A number of a column as a date again: "2024-02-03", "2024-02-03 10:15:00.25", "2024-W05",
/// "2024-02", "2024Q1", "10:15:00"; the number itself where it is out of range (years 1 to 9999).
/// Parts of a week, month or quarter are shown as a decimal part: "2024-02 + 0.5".
std::string date_text(double value, TimeUnit unit);

/// "seconds", "milliseconds", "microseconds" or "nanoseconds" where all numbers from `low` to
/// `high` look like a count of them since 1970 (years 1990 to 2100), else "".
const char* epoch_unit(double low, double high);

}  // namespace gradus
