// SPDX-License-Identifier: MIT
// Dates and times of day: every format, refusals, and detection for a column.
#include "gradus/data/date_time.h"

#include <cmath>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_date_time_test {

using Cells = std::vector<std::string_view>;

DateColumn column(const Cells& cells, const DateOptions& options = {}) {
  const auto found = read_dates(cells, options);
  if (const DateFault* fault = std::get_if<DateFault>(&found)) {
    FAIL(fault->row << ": " << fault->what);
  }
  return std::get<DateColumn>(found);
}

double one(std::string_view cell, const DateOptions& options = {}) {
  return column({cell}, options).values[0];
}

DateFault fault(const Cells& cells, const DateOptions& options = {}) {
  const auto found = read_dates(cells, options);
  REQUIRE(std::holds_alternative<DateFault>(found));
  return std::get<DateFault>(found);
}

std::string wrong(std::string_view cell, const DateOptions& options = {}) {
  const DateFault f = fault({cell}, options);
  CHECK(f.kind == DateFault::Kind::bad_cell);
  return f.what;
}

constexpr double day = 19756;  // 2024-02-03
constexpr double quarter_past_ten = 10 * 3600 + 15 * 60;
constexpr double moment = day * 86400 + quarter_past_ten;

TEST_CASE("dates: all forms of a day", "[date]") {
  for (const char* text :
       {"2024-02-03", "2024/02/03", "2024.2.3", "2024-034", "2024-W05-6", "2024W056", "3 Feb 2024",
        "03-Feb-2024", "03FEB2024", "3 February, 2024", "Feb 3, 2024", "february 3 2024",
        "2024-Feb-03", "Sat, 03 Feb 2024", "Saturday 3 February 2024", "3. Feb 2024"}) {
    INFO(text);
    const DateColumn c = column({text});
    CHECK(c.values[0] == day);
    CHECK(c.unit == TimeUnit::days);
    CHECK(c.order == DateOrder::automatic);
  }
  CHECK(one("1970-01-01") == 0);
  CHECK(one("1969-12-31") == -1);
  CHECK(one("2000-02-29") == 11016);
  CHECK(one("0001-01-01") == -719162);
  CHECK(one("9999-12-31") == 2932896);
  CHECK(one("2024-366") == one("2024-12-31"));
  CHECK(one("2020-W53-7") == one("2021-01-03"));
  CHECK(one("2015-W01-1") == one("2014-12-29"));
  CHECK(one("1 Sept 2024") == one("2024-09-01"));
  CHECK(one("May 1 2024") == one("2024-05-01"));
}

TEST_CASE("dates: times of day and zones", "[date]") {
  // clang-format off
  for (const char* text :
       {"2024-02-03T10:15:00", "2024-02-03 10:15", "2024-02-03t10:15:00Z", "20240203T101500Z",
        "20240203T1015", "2024-02-03 10:15:00+00:00", "2024-02-03T11:15:00+01:00",
        "2024-02-03T11:15+0100", "2024-02-03T05:15-05", "2024-02-03 15:45:00 +05:30",
        "2024-02-04T00:15:00+14:00", "2024-02-02T22:15:00\xE2\x88\x92" "12:00",
        "2024-034T10:15", "2024-W05-6T10:15", "2024-02-03T10:15:00.000", "2024-02-03T10.25",
        "Sat, 03 Feb 2024 10:15:00 GMT", "03/Feb/2024:10:15:00 +0000", "03FEB2024:10:15:00",
        "Feb 3, 2024, 10:15 AM", "Feb 3, 2024, 10:15:00\xE2\x80\xAF" "AM",
        "2024-02-03 10:15:00 a.m.", "2024-02-03 10:15:00 UTC"}) {
    // clang-format on
    INFO(text);
    const DateColumn c = column({text});
    CHECK(c.values[0] == moment);
    CHECK(c.unit == TimeUnit::seconds);
  }
  CHECK(one("2024-02-03 10:15:00.25") == moment + 0.25);
  CHECK(one("2024-02-03 10:15:00,25") == moment + 0.25);
  CHECK(one("2024-02-03T10:15.5") == moment + 30);
  CHECK(one("2024-02-03 12:00 am") == day);
  CHECK(one("2024-02-03 12:30 PM") == day * 86400 + 45000);
  CHECK(one("2024-02-03T24:00:00") == day + 1);
  CHECK(one("2016-12-31T23:59:60Z") == one("2017-01-01T00:00:00Z"));
  // Columns of midnights are days, but not in a zone other than UTC.
  CHECK(column({"2024-02-03 00:00:00", "2024-02-04"}).unit == TimeUnit::days);
  CHECK(column({"2024-02-03T00:00:00Z"}).values[0] == day);
  CHECK(column({"2024-02-03T00:00:00+01:00"}).unit == TimeUnit::seconds);
  CHECK(column({"2024-02-03", "2024-02-03 10:15"}).values ==
        std::vector<double>{day * 86400, moment});
}

TEST_CASE("dates: weeks and months and quarters and times without a date", "[date]") {
  for (const char* text : {"2024-02", "02/2024", "2/2024", "Feb 2024", "February 2024", "2024M02",
                           "2024-M02", "2024m2", "2024-Feb", "2024/02", "Feb-2024"}) {
    INFO(text);
    CHECK(one(text) == 54 * 12 + 1);
    CHECK(column({text}).unit == TimeUnit::months);
  }
  for (const char* text : {"2024Q3", "2024-Q3", "2024 q3", "Q3 2024", "Q3-2024", "3Q2024"}) {
    INFO(text);
    CHECK(one(text) == 54 * 4 + 2);
    CHECK(column({text}).unit == TimeUnit::quarters);
  }
  CHECK(one("1970-W01") == 0);
  CHECK(one("1970W02") == 1);
  CHECK(one("1969-W52") == -1);
  CHECK(one("2021-W01") == one("2020-W53") + 1);
  CHECK(one("1970-01") == 0);
  CHECK(one("1969-12") == -1);
  for (const char* text : {"10:15", "10:15:00", "T10:15", "T1015", "10:15 AM", "10:15:00.0"}) {
    INFO(text);
    CHECK(one(text) == quarter_past_ten);
    CHECK(column({text}).unit == TimeUnit::seconds_of_day);
  }
  CHECK(one("3 PM") == 15 * 3600);
  CHECK(one("23:59:59.5") == 86399.5);
}

TEST_CASE("dates: digits alone are dates only if requested", "[date]") {
  CHECK(fault({"20240203"}).kind == DateFault::Kind::not_dates);
  const DateOptions digits{.digits = true};
  CHECK(one("20240203", digits) == day);
  CHECK(one("2024034", digits) == day);
  CHECK(one("202402", digits) == 54 * 12 + 1);
  CHECK(one("20240203101500", digits) == moment);
  CHECK(has(wrong("20240230", digits), "February 2024 has 29 days, not 30"));
  CHECK(has(wrong("20240203250000", digits), "no hour 25"));
}

TEST_CASE("dates: the cells of a column decide whether day or month is first", "[date]") {
  const DateColumn a = column({"03/02/2024", "", "13/02/2024"});
  CHECK(a.order == DateOrder::dmy);
  CHECK(a.values[0] == day);
  CHECK(std::isnan(a.values[1]));
  CHECK(a.values[2] == day + 10);
  CHECK(has(a.about, "day/month/year"));
  CHECK(has(a.about, "days since 1970-01-01"));
  const DateColumn b = column({"02/03/2024 10:15", "2/13/2024 12:00"});
  CHECK(b.order == DateOrder::mdy);
  CHECK(b.values[0] == moment);
  CHECK(one("3.2.2024", {.order = DateOrder::dmy}) == day);
  CHECK(one("2-3-2024", {.order = DateOrder::mdy}) == day);
  CHECK(one("02/02/2024") == day - 1);  // the same in both orders

  const DateFault open = fault({"02/02/2024", "03/02/2024"});
  CHECK(open.kind == DateFault::Kind::ambiguous);
  CHECK(open.row == 1);
  CHECK(has(open.what, "\"03/02/2024\""));
  CHECK(has(open.what, "--date-order dmy"));
  CHECK(has(open.what, "--date-order mdy"));
  // The order of the training data decides only if the cells do not.
  CHECK(one("03/02/2024", {.fallback = DateOrder::dmy}) == day);
  CHECK(one("02/13/2024", {.fallback = DateOrder::dmy}) == day + 10);

  const DateFault both = fault({"13/02/2024", "01/02/2024", "02/14/2024"});
  CHECK(both.row == 2);
  CHECK(has(both.what, "\"02/14/2024\" as day/month/year: there is no month 14"));
  CHECK(has(both.what, "\"13/02/2024\""));
  CHECK(has(wrong("02/13/2024", {.order = DateOrder::dmy}), "no month 13"));
  CHECK(has(wrong("31/04/2024"), "April 2024 has 30 days, not 31"));
  CHECK(has(wrong("02/03/2024", {.order = DateOrder::ymd}), "the year is last"));
}

TEST_CASE("dates: years of two digits are read only if the order is set", "[date]") {
  for (const char* text : {"03/02/24", "03-Feb-24", "3.2.24", "24/2/3"}) {
    INFO(text);
    CHECK(has(wrong(text), "year of two digits"));
    CHECK(has(wrong(text), "--date-order"));
  }
  CHECK(one("03/02/24", {.order = DateOrder::dmy}) == day);
  CHECK(one("02/03/24", {.order = DateOrder::mdy}) == day);
  CHECK(one("24/02/03", {.order = DateOrder::ymd}) == day);
  CHECK(one("03-Feb-24", {.order = DateOrder::dmy}) == day);
  CHECK(one("01/01/69", {.order = DateOrder::dmy}) == one("1969-01-01"));
  CHECK(one("01/01/68", {.order = DateOrder::dmy}) == one("2068-01-01"));
  CHECK(has(wrong("Mar-24"), "write the year in four digits"));
  CHECK(has(wrong("24 March"), "write the year in four digits"));
}

TEST_CASE("dates: invalid dates are refused", "[date]") {
  CHECK(has(wrong("2023-02-29"), "\"2023-02-29\": February 2023 has 28 days, not 29"));
  CHECK(has(wrong("1900-02-29"), "February 1900 has 28 days"));
  CHECK(has(wrong("2024-02-30"), "29 days"));
  CHECK(has(wrong("2024-13-01"), "no month 13"));
  CHECK(has(wrong("2024-00-01"), "no month 0"));
  CHECK(has(wrong("2024-01-00"), "no day 0"));
  CHECK(has(wrong("0000-01-01"), "no year 0"));
  CHECK(has(wrong("2023-366"), "days 1 to 365, not 366"));
  CHECK(has(wrong("2024-W53-1"), "weeks 1 to 52, not 53"));
  CHECK(has(wrong("2024-W05-8"), "no weekday 8"));
  CHECK(has(wrong("2024Q5"), "no quarter 5"));
  CHECK(has(wrong("2024-13"), "no month 13"));
  CHECK(has(wrong("2024-02-03 25:00"), "no hour 25"));
  CHECK(has(wrong("2024-02-03 24:01"), "no hour 24"));
  CHECK(has(wrong("2024-02-03 10:61"), "no minute 61"));
  CHECK(has(wrong("2024-02-03 10:15:61"), "no second 61"));
  CHECK(has(wrong("2024-02-03 10:15:60"), "no second 60"));
  CHECK(has(wrong("2024-02-03 13:00 pm"), "no hour 13"));
  CHECK(has(wrong("2024-02-03 10:15 CET"), "zone CET"));
  CHECK(has(wrong("2024-02-03T10:15+25:00"), "offset"));
  CHECK(has(wrong("2024-02-03T10:15+01:00[Europe/Paris]"), "more text after"));
  CHECK(has(wrong("2024-02-03 36:15:00"), "no hour 36"));
}

TEST_CASE("dates: a column has one format", "[date]") {
  const auto refused = [](const Cells& cells, size_t row, const char* word) {
    const DateFault f = fault(cells);
    INFO(f.what);
    CHECK(f.kind == DateFault::Kind::bad_cell);
    CHECK(f.row == row);
    CHECK(has(f.what, word));
  };
  // As after a spreadsheet of another country: day and month swapped in half of them.
  refused({"2024-01-02", "13/02/2024"}, 1, "has another format");
  refused({"2024-01", "2024-01-02"}, 1, "has another format");
  refused({"2024-01-02", "", "soon", "2024-01-04"}, 2, "\"soon\" is not a date");
  refused({"2024-01-02", "x", "2024-01-32"}, 1, "\"x\" is not a date");
  refused({"2024-01-02T00:00Z", "2024-01-03T00:00"}, 1, "has no zone");
  refused({"2024-01-02", "2024-01-03T00:00Z"}, 1, "has a zone");
  for (const Cells& cells :
       {Cells{"plus", "basic"}, Cells{"C-00001"}, Cells{"1.5", "2"},
        Cells{"east", "2024-01-01", "west"}, Cells{""}, Cells{}, Cells{"192.168.1.1"}, Cells{"May"},
        Cells{"Mon"}, Cells{"3:2"}, Cells{"2024"}, Cells{"+49 30 123456"}}) {
    INFO((cells.empty() ? "nothing" : cells[0]));
    CHECK(fault(cells).kind == DateFault::Kind::not_dates);
  }
  CHECK(fault({"2024-01-01", "west", "x", "y"}).row == 1);
  refused({"x", "2024-02-30"}, 0, "\"x\" is not a date; \"2024-02-30\" is one");
  CHECK(fault({std::string(100, '-'), std::string(100, '1')}).kind == DateFault::Kind::not_dates);
}

TEST_CASE("dates: the unit of the training data is kept", "[date]") {
  const DateOptions seconds{.unit = TimeUnit::seconds}, days{.unit = TimeUnit::days};
  CHECK(one("2024-02-03", seconds) == day * 86400);
  CHECK(one("2024-02-03 12:00", days) == day + 0.5);
  CHECK(std::isnan(column({"", ""}, days).values[1]));
  CHECK(has(wrong("2024-02", days), "is in months; the training data is in days"));
  CHECK(has(wrong("10:15", seconds), "is in seconds of the day"));
  for (TimeUnit u : {TimeUnit::days, TimeUnit::seconds, TimeUnit::weeks, TimeUnit::months,
                     TimeUnit::quarters, TimeUnit::seconds_of_day})
    CHECK(time_unit(name(u)) == u);
  for (DateOrder o : {DateOrder::automatic, DateOrder::dmy, DateOrder::mdy, DateOrder::ymd})
    CHECK(date_order(name(o)) == o);
  CHECK(!time_unit("years"));
  CHECK(!date_order("ydm"));
}

TEST_CASE("dates: numbers are formatted as dates", "[date]") {
  for (const char* text :
       {"2024-02-03", "1969-12-31", "0001-01-01", "9999-12-31", "2024-02-03 10:15:00.25",
        "1969-12-31 23:59:59.5", "2024-W05", "2020-W53", "1969-W01", "2024-02", "1969-12", "1950Q1",
        "2024Q4", "10:15:30", "24:00:00"}) {
    INFO(text);
    const DateColumn c = column({text});
    CHECK(date_text(c.values[0], c.unit) == text);
  }
  CHECK(date_text(day + 0.5, TimeUnit::days) == "2024-02-03 12:00:00");
  CHECK(date_text(day * 86400, TimeUnit::seconds) == "2024-02-03 00:00:00");
  CHECK(date_text(649.5, TimeUnit::months) == "2024-02 + 0.5");
  CHECK(date_text(1e300, TimeUnit::seconds) == "1e+300");
  CHECK(date_text(NAN, TimeUnit::days) == "nan");
  CHECK(date_text(-5e6, TimeUnit::months) == "-5e+06");
}

TEST_CASE("dates: counts since 1970 are recognised by their size", "[date]") {
  CHECK(epoch_unit(1.7e9, 1.71e9) == std::string("seconds"));
  CHECK(epoch_unit(1.7e12, 1.71e12) == std::string("milliseconds"));
  CHECK(epoch_unit(1.7e15, 1.7e15) == std::string("microseconds"));
  CHECK(epoch_unit(1.7e18, 1.7e18) == std::string("nanoseconds"));
  CHECK(epoch_unit(0, 1.7e9) == std::string());
  CHECK(epoch_unit(1, 100) == std::string());
}

}  // namespace data_date_time_test
