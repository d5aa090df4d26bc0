// SPDX-License-Identifier: MIT
// Calendar arithmetic with <chrono>: the proleptic Gregorian calendar.
#include "data/calendar.h"

#include <chrono>

#include "gradus/base/error.h"

namespace gradus::dates {
namespace {

using namespace std::chrono;

constexpr const char* months[] = {"January",   "February", "March",    "April",
                                  "May",       "June",     "July",     "August",
                                  "September", "October",  "November", "December"};
constexpr const char* weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                    "Friday", "Saturday", "Sunday"};

// Case-insensitive, at least three letters; also the short forms "Sept", "Tues" and "Thurs".
bool short_for(std::string_view word, std::string_view whole) {
  if (word.size() < 3 || word.size() > whole.size()) return false;
  if (word.size() > 5 && word.size() < whole.size()) return false;
  for (size_t i = 0; i < word.size(); ++i)
    if ((word[i] | 0x20) != (whole[i] | 0x20)) return false;
  return true;
}

bool year_exists(int y, std::string& fault) {
  if (y >= 1 && y <= 9999) return true;
  fault = text({"there is no year ", y, "; expected 0001 to 9999"});
  return false;
}

int64_t count(sys_days day) { return day.time_since_epoch().count(); }

// The Monday of week 1: the week that contains 4 January.
int64_t first_monday(int y) {
  const sys_days fourth = year{y} / January / 4;
  return count(fourth) - static_cast<int64_t>(weekday(fourth).iso_encoding() - 1);
}

}  // namespace

int64_t day_of(int y, int m, int d, std::string& fault) {
  if (!year_exists(y, fault)) return 0;
  if (m < 1 || m > 12) {
    fault = text({"there is no month ", m});
    return 0;
  }
  const year_month_day date = year{y} / m / d;
  if (date.ok()) return count(sys_days(date));
  const auto last = static_cast<unsigned>((year{y} / m / std::chrono::last).day());
  fault = text({month_name(m), " ", y, " has ", last, " days, not ", d});
  if (d == 0) fault = "there is no day 0";
  return 0;
}

int64_t ordinal_day_of(int y, int d, std::string& fault) {
  if (!year_exists(y, fault)) return 0;
  const int days = year{y}.is_leap() ? 366 : 365;
  if (d < 1 || d > days) fault = text({"the year ", y, " has days 1 to ", days, ", not ", d});
  return count(year{y} / January / 1) + d - 1;
}

int64_t monday_of(int y, int week, std::string& fault) {
  if (!year_exists(y, fault)) return 0;
  const int64_t first = first_monday(y), weeks = (first_monday(y + 1) - first) / 7;
  if (week < 1 || week > weeks)
    fault = text({"the year ", y, " has weeks 1 to ", weeks, ", not ", week});
  return first + 7 * (week - 1);
}

int64_t week_of(int64_t day) {
  const int64_t from_first = day - first_monday(1970);
  return from_first >= 0 ? from_first / 7 : -((6 - from_first) / 7);
}

int month_named(std::string_view word) {
  for (int m = 1; m <= 12; ++m)
    if (short_for(word, months[m - 1])) return m;
  return 0;
}

bool is_weekday(std::string_view word) {
  for (const char* day : weekdays)
    if (short_for(word, day)) return true;
  return false;
}

const char* month_name(int month) { return months[month - 1]; }

}  // namespace gradus::dates
