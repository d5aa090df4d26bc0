// SPDX-License-Identifier: MIT
// Formats numbers of a date column as dates.
#include <chrono>
#include <cmath>
#include <cstdio>

#include "data/calendar.h"
#include "data/date_cell.h"
#include "gradus/base/error.h"
#include "gradus/data/date_time.h"

namespace gradus {
namespace {

using namespace std::chrono;

using dates::day_seconds;
constexpr double first_day = -719162, end_day = 2932897;  // 0001-01-01, and 10000-01-01

template <class... Args> std::string formatted(const char* format, Args... args) {
  char words[64];
  std::snprintf(words, sizeof words, format, args...);
  return words;
}

std::string day_text(int64_t day) {
  const year_month_day date{sys_days{days{day}}};
  return formatted("%04d-%02u-%02u", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

// "10:15:00", with the digits of the fractional second, at most six.
std::string clock_text(int64_t microseconds) {
  const int64_t seconds = microseconds / 1000000;
  std::string all = formatted("%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                              static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  if (microseconds % 1000000 == 0) return all;
  all += formatted(".%06d", static_cast<int>(microseconds % 1000000));
  while (all.back() == '0') all.pop_back();
  return all;
}

std::string moment_text(double seconds, bool always_timed) {
  const auto micros = static_cast<int64_t>(std::llround(seconds * 1e6));
  constexpr int64_t day = day_seconds * 1000000;
  const int64_t days = micros >= 0 ? micros / day : -((day - 1 - micros) / day);
  const int64_t rest = micros - days * day;
  return rest || always_timed ? day_text(days) + " " + clock_text(rest) : day_text(days);
}

// An ISO week belongs to the year of its Thursday.
std::string week_text(int64_t week) {
  std::string unused;
  const int64_t monday = dates::monday_of(1970, 1, unused) + 7 * week;
  const year_month_day thursday{sys_days{days{monday + 3}}};
  const int64_t day_of_year =
      (sys_days{thursday} - sys_days{thursday.year() / January / 1}).count();
  return formatted("%04d-W%02d", static_cast<int>(thursday.year()),
                   static_cast<int>(day_of_year / 7 + 1));
}

// A count of months or quarters since 1970, with `each` of them per year.
std::string part_text(int64_t count, int64_t each, const char* format) {
  const int64_t whole = count + 1970 * each;
  return formatted(format, static_cast<int>(whole / each), static_cast<int>(whole % each + 1));
}

}  // namespace

std::string date_text(double value, TimeUnit unit) {
  const double per_day[] = {1, day_seconds, 1 / 7.0, 12 / 365.2425, 4 / 365.2425};
  if (unit == TimeUnit::seconds_of_day) {
    constexpr double longest = 1000 * 3600;  // a duration may have three digits of hours
    if (!(value >= 0 && value < longest)) return text({value});
    return clock_text(std::llround(value * 1e6));
  }
  const double of_day = per_day[static_cast<int>(unit)];
  // Half a year off the ends, where a part of a year counts by its mean length.
  const double margin = unit == TimeUnit::days || unit == TimeUnit::seconds ? 0 : 200;
  if (!(value >= (first_day + margin) * of_day && value < (end_day - margin) * of_day))
    return text({value});
  if (unit == TimeUnit::seconds) return moment_text(value, true);
  const double whole = std::floor(value);
  if (unit == TimeUnit::days) return moment_text(value * day_seconds, false);
  const auto count = static_cast<int64_t>(whole);
  const std::string all = unit == TimeUnit::weeks    ? week_text(count)
                          : unit == TimeUnit::months ? part_text(count, 12, "%04d-%02d")
                                                     : part_text(count, 4, "%04dQ%d");
  return value == whole ? all : text({all, " + ", value - whole});
}

}  // namespace gradus
