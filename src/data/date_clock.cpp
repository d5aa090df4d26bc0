// SPDX-License-Identifier: MIT
// Parses times of day in a cell, with fractions, AM/PM and time zones.
#include "data/date_clock.h"

#include <charconv>

#include "gradus/base/error.h"

namespace gradus::dates {
namespace {

class ClockReader {
 public:
  ClockReader(const Tokens& tokens, Cell& cell) : tokens_(tokens), cell_(cell) {}

  void run(size_t at, bool iso) {
    cell_.has_time = true;
    const size_t width = tokens_.text(at).size();
    int64_t unit = 3600;  // unit of the last number, for its fraction
    if (iso && (width == 4 || width == 6)) {
      const int all = tokens_.value(at);
      unit = width == 4 ? 60 : 1;
      const int seconds = width == 4 ? 100 * all : all;
      set_time(seconds / 10000, seconds / 100 % 100, seconds % 100);
      ++at;
    } else if (width <= (cell_.layout == Layout::clock ? 3 : 2)) {
      int parts[3] = {tokens_.value(at++), 0, 0};
      for (int k = 1; k < 3 && tokens_.is_mark(at, ':') && tokens_.is_number(at + 1, 2, 2); ++k) {
        parts[k] = tokens_.value(at + 1);
        unit = k == 1 ? 60 : 1;
        at += 2;
      }
      set_time(parts[0], parts[1], parts[2]);
    } else {
      wrong("the time of day is not hh:mm or hh:mm:ss");
    }
    take_fraction(at, unit, iso);
    take_half_of_day(at);
    take_zone(at);
    if (at < tokens_.count()) wrong("there is more text after the time of day");
  }

 private:
  void wrong(std::string what) {
    if (cell_.fault.empty()) cell_.fault = std::move(what);
  }

  // Without a date it may be a duration: 25:30:00.
  void set_time(int hour, int minute, int second) {
    const bool midnight = hour == 24 && minute == 0 && second == 0;
    if (hour > 23 && !midnight && cell_.layout != Layout::clock)
      wrong(text({"there is no hour ", hour}));
    if (minute > 59) wrong(text({"there is no minute ", minute}));
    if (second > 60 || (second == 60 && minute != 59)) wrong(text({"there is no second ", second}));
    hour_ = hour;
    cell_.seconds = 3600 * hour + 60 * minute + second;
  }

  void take_fraction(size_t& at, int64_t unit, bool iso) {
    const bool point = tokens_.is_mark(at, '.') || tokens_.is_mark(at, ',');
    if (!point || !tokens_.is(at + 1, Token::number)) return;
    if (unit > 1 && !iso) wrong("fractions of minutes or hours are not supported; write seconds");
    const std::string digits = "0." + std::string(tokens_.text(at + 1));
    double part = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), part);
    const double seconds = part * static_cast<double>(unit);
    cell_.seconds += static_cast<int64_t>(seconds);
    cell_.fraction = seconds - static_cast<double>(static_cast<int64_t>(seconds));
    if (hour_ == 24 && seconds > 0 && cell_.layout != Layout::clock) wrong("there is no hour 24");
    at += 2;
  }

  void take_half_of_day(size_t& at) {
    const size_t from = at + tokens_.is(at, Token::blank);
    const bool dotted = tokens_.is_mark(from + 1, '.') && tokens_.is_word(from + 2, "m");
    const bool am = tokens_.is_word(from, "am") || (dotted && tokens_.is_word(from, "a"));
    const bool pm = tokens_.is_word(from, "pm") || (dotted && tokens_.is_word(from, "p"));
    if (!am && !pm) return;
    if (hour_ < 1 || hour_ > 12) wrong(text({"there is no hour ", hour_, " before am or pm"}));
    cell_.seconds += 3600 * ((pm ? 12 : 0) - (hour_ == 12 ? 12 : 0));
    at = from + 1 + (dotted ? 2 + tokens_.is_mark(from + 3, '.') : 0);
  }

  void take_zone(size_t& at) {
    const size_t from = at + tokens_.is(at, Token::blank);
    if (tokens_.is(from, Token::word)) {
      bool known = false;
      for (const char* utc : {"z", "utc", "gmt"}) known = known || tokens_.is_word(from, utc);
      cell_.has_zone = known;
      if (!known)
        wrong(text({"the zone ", tokens_.text(from), " is unknown; write Z or an offset: +01:00"}));
      at = known ? from + 1 : tokens_.count();
    } else if (tokens_.is_mark(from, '+') || tokens_.is_mark(from, '-')) {
      take_offset(at, from);
    }
  }

  void take_offset(size_t& at, size_t from) {
    const int sign = tokens_.is_mark(from, '+') ? 1 : -1;
    int hours = 0, minutes = 0;
    if (tokens_.is_number(from + 1, 4, 4)) {
      hours = tokens_.value(from + 1) / 100;
      minutes = tokens_.value(from + 1) % 100;
      at = from + 2;
    } else if (tokens_.is_number(from + 1, 2, 2)) {
      const bool both = tokens_.is_mark(from + 2, ':') && tokens_.is_number(from + 3, 2, 2);
      hours = tokens_.value(from + 1);
      minutes = both ? tokens_.value(from + 3) : 0;
      at = from + (both ? 4 : 2);
    } else {
      return wrong("the offset of the zone is not +hh:mm or +hhmm");
    }
    if (hours > 23 || minutes > 59) wrong("there is no such offset from UTC");
    cell_.has_zone = true;
    cell_.seconds -= sign * (3600 * hours + 60 * minutes);
  }

  const Tokens& tokens_;
  Cell& cell_;
  int hour_ = 0;
};

}  // namespace

void read_clock(const Tokens& tokens, size_t at, bool iso, Cell& cell) {
  ClockReader(tokens, cell).run(at, iso);
}

}  // namespace gradus::dates
