// SPDX-License-Identifier: MIT
// Calendar arithmetic: days, ISO weeks and month names, with reasons for invalid dates.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace gradus::dates {

/// Days since 1970-01-01; if there is no such day, sets `fault` to the reason.
int64_t day_of(int year, int month, int day, std::string& fault);
/// The same for the day-th day of a year.
int64_t ordinal_day_of(int year, int day, std::string& fault);
/// The Monday of an ISO week, in days since 1970-01-01.
int64_t monday_of(int year, int week, std::string& fault);
/// ISO weeks since 1970-W01 of the week with this day.
int64_t week_of(int64_t day);

/// 1 to 12 for a month name or its first letters (three or more), 0 for any other word.
int month_named(std::string_view word);
bool is_weekday(std::string_view word);
/// "February"
const char* month_name(int month);

}  // namespace gradus::dates
