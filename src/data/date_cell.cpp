// SPDX-License-Identifier: MIT
// Parses date cells: tokens, and a table of the patterns they may form.
#include "data/date_cell.h"

#include "data/calendar.h"
#include "data/date_clock.h"
#include "gradus/base/error.h"

namespace gradus::dates {

const char* name(Layout layout) {
  constexpr const char* names[] = {"not a date",
                                   "year-month-day",
                                   "three numbers",
                                   "with the name of the month",
                                   "year and day of the year",
                                   "year, week and weekday",
                                   "year and week",
                                   "year and month",
                                   "year and quarter",
                                   "a time of day"};
  return names[static_cast<int>(layout)];
}

TimeUnit unit_of(Layout layout) {
  if (layout == Layout::week) return TimeUnit::weeks;
  if (layout == Layout::month) return TimeUnit::months;
  if (layout == Layout::quarter) return TimeUnit::quarters;
  return layout == Layout::clock ? TimeUnit::seconds_of_day : TimeUnit::days;
}

namespace {

// The letters of a pattern:
//   Y four digits   D two digits   d one or two   1, 3 that many   8, 7, 6 that many, if `digits`
//   n the name of a month   w q m the letters W, Q, M   - itself
//   / one of - / .   \ the same separator again   _ any separator around a name, or none
struct Pattern {
  const char* letters;
  Layout layout;
};
constexpr Pattern patterns[] = {
    {"Y/d\\d", Layout::year_first}, {"Y_n_d", Layout::named},  {"d_n_Y", Layout::named},
    {"n_d_Y", Layout::named},       {"Y-3", Layout::ordinal},  {"Y-wD-1", Layout::week_date},
    {"Yw3", Layout::week_date},     {"Y-wD", Layout::week},    {"YwD", Layout::week},
    {"Y_q1", Layout::quarter},      {"q1_Y", Layout::quarter}, {"1q_Y", Layout::quarter},
    {"Y_md", Layout::month},        {"Y/D", Layout::month},    {"d/Y", Layout::month},
    {"n_Y", Layout::month},         {"Y_n", Layout::month},    {"d/d\\Y", Layout::open},
    {"d/d\\D", Layout::open},       {"D/d\\d", Layout::open},  {"d_n_D", Layout::named},
    {"n_d_D", Layout::named},       {"D_n_d", Layout::named},  {"8", Layout::year_first},
    {"7", Layout::ordinal},         {"6", Layout::month}};

class CellReader {
 public:
  CellReader(std::string_view cell, bool digits) : digits_(digits) {
    if (!tokens_.read(cell)) return;
    size_t begin = 0;
    if (tokens_.is(0, Token::word) && is_weekday(tokens_.text(0))) begin = skip_separator(1);
    for (const Pattern& p : patterns) {
      cell_ = Cell{};
      found_ = 0;
      size_t end = 0;
      if (matches(p.letters, begin, end) && (end == tokens_.count() || starts_time(p, end))) {
        cell_.layout = p.layout;
        take_date(p);
        if (end < tokens_.count()) take_time(end);
        return;
      }
    }
    cell_ = Cell{};
    if (begin == 0) bare_time();
    if (begin == 0 && cell_.layout == Layout::none) day_without_year();
  }
  Cell cell() && { return std::move(cell_); }

 private:
  // ---- the date

  bool matches(std::string_view letters, size_t at, size_t& end) {
    for (char letter : letters)
      if (!matches_one(letter, at)) return false;
    end = at;
    return true;
  }

  bool matches_one(char letter, size_t& at) {
    switch (letter) {
      case 'Y': return number(at, 4, 4);
      case 'D': return number(at, 2, 2);
      case 'd': return number(at, 1, 2);
      case '1': return number(at, 1, 1);
      case '3': return number(at, 3, 3);
      case '6': return digits_ && number(at, 6, 6);
      case '7': return all_digits(at) && number(at, 7, 7);
      case '8': return all_digits(at) && number(at, 8, 8);
      case 'n': return month(at);
      case 'w':
      case 'q':
      case 'm': return tokens_.is_word(at, {&letter, 1}) && ++at;
      case '-': return tokens_.is_mark(at, '-') && ++at;
      case '_': at = skip_separator(at); return true;
      default: return mark(letter, at);
    }
  }

  // A date without separators is also a number, unless a time follows.
  bool all_digits(size_t at) const { return digits_ || tokens_.is_word(at + 1, "t"); }

  bool number(size_t& at, size_t least, size_t most) {
    if (!tokens_.is_number(at, least, most)) return false;
    if (found_ < numbers_.size()) numbers_[found_++] = at;
    ++at;
    return true;
  }
  bool month(size_t& at) {
    cell_.month = tokens_.is(at, Token::word) ? month_named(tokens_.text(at)) : 0;
    at += cell_.month > 0;
    return cell_.month > 0;
  }
  bool mark(char letter, size_t& at) {
    const bool fits = letter == '/' ? tokens_.is_mark(at, '-') || tokens_.is_mark(at, '/') ||
                                          tokens_.is_mark(at, '.')
                                    : tokens_.is_mark(at, separator_);
    if (fits) separator_ = tokens_.text(at)[0];
    at += fits;
    return fits;
  }
  size_t skip_separator(size_t at) const {
    if (tokens_.is_mark(at, ',') || tokens_.is_mark(at, '.'))
      return at + 1 + tokens_.is(at + 1, Token::blank);
    for (char c : {'-', '/', ':'})
      if (tokens_.is_mark(at, c)) return at + 1;
    return at + tokens_.is(at, Token::blank);
  }

  int value(size_t n) const { return tokens_.value(numbers_[n]); }
  bool two_digits(size_t n) const { return tokens_.text(numbers_[n]).size() <= 2; }

  void take_date(const Pattern& p) {
    std::string& fault = cell_.fault;
    const std::string_view letters = p.letters;
    const bool year_last = found_ > 1 && tokens_.text(numbers_[found_ - 1]).size() == 4;
    const int year = letters.size() > 1 && found_ > 0 ? value(year_last ? found_ - 1 : 0) : 0;
    switch (p.layout) {
      case Layout::year_first:
        if (letters == "8") return take_digits(value(0) / 10000, value(0) % 10000);
        cell_.count = day_of(year, value(1), value(2), fault);
        break;
      case Layout::named:
        cell_.short_year = cell_.undecided = two_digits(0) && two_digits(1);
        cell_.numbers = {value(0), value(1), 0};
        if (!cell_.undecided) cell_.count = day_of(year, cell_.month, value(!year_last), fault);
        break;
      case Layout::open:
        cell_.undecided = true;
        cell_.short_year = !year_last;
        cell_.numbers = {value(0), value(1), value(2)};
        break;
      case Layout::ordinal:
        if (letters == "7") cell_.count = ordinal_day_of(value(0) / 1000, value(0) % 1000, fault);
        else cell_.count = ordinal_day_of(year, value(1), fault);
        break;
      case Layout::month:
        if (letters == "6") take_months(value(0) / 100, value(0) % 100);
        else take_months(year, cell_.month ? cell_.month : value(!year_last));
        break;
      default: take_part(p.layout, letters, year, value(!year_last));
    }
  }

  void take_digits(int year, int rest) {
    cell_.count = day_of(year, rest / 100, rest % 100, cell_.fault);
  }
  void take_months(int year, int month) {
    day_of(year, month, 1, cell_.fault);
    cell_.count = 12 * (static_cast<int64_t>(year) - 1970) + month - 1;
  }
  // A week, with or without its day, or a quarter.
  void take_part(Layout layout, std::string_view letters, int year, int part) {
    if (layout == Layout::quarter) {
      if (part < 1 || part > 4) cell_.fault = text({"there is no quarter ", part});
      cell_.count = 4 * (static_cast<int64_t>(year) - 1970) + part - 1;
      return;
    }
    const int week = letters == "Yw3" ? part / 10 : part;
    const int day = layout == Layout::week ? 1 : letters == "Yw3" ? part % 10 : value(2);
    cell_.count = monday_of(year, week, cell_.fault) + day - 1;
    if (day < 1 || day > 7) cell_.fault = text({"there is no weekday ", day, "; expected 1 to 7"});
    if (layout == Layout::week) cell_.count = week_of(cell_.count);
  }

  // "Mar 24", "24 Mar": the day of a month, or its year.
  void day_without_year() {
    size_t end = 0;
    for (const char* letters : {"n_d", "d_n"}) {
      cell_ = Cell{};
      found_ = 0;
      if (!matches(letters, 0, end) || end != tokens_.count()) continue;
      cell_.layout = Layout::named;
      cell_.fault = "a day without a year, or a year of two digits; write the year in four digits";
      return;
    }
    cell_ = Cell{};
  }

  // ---- the time

  // Whether what follows a date may be a time: "T10", " 10:15", ", 10:15", ":10:15:00".
  bool starts_time(const Pattern& p, size_t at) const {
    if (unit_of(p.layout) != TimeUnit::days) return false;
    if (tokens_.is_word(at, "t")) return tokens_.is(at + 1, Token::number);
    if (tokens_.is_mark(at, ',')) ++at;
    if (!tokens_.is(at, Token::blank) && !tokens_.is_mark(at, ':')) return false;
    return tokens_.is_number(at + 1, 1, 2) &&
           (tokens_.is_mark(at + 2, ':') || tokens_.is(at + 2, Token::word) ||
            (tokens_.is(at + 2, Token::blank) && tokens_.is(at + 3, Token::word)));
  }

  // A time of day without a date: "T10", "10:15", "3 PM"; or a duration: "1 days 02:00:00".
  void bare_time() {
    const bool days = tokens_.is(0, Token::number) && tokens_.is(1, Token::blank) &&
                      (tokens_.is_word(2, "days") || tokens_.is_word(2, "day"));
    const size_t clock = 3 + tokens_.is_mark(3, ',') + 1;
    const bool timed = tokens_.is_number(clock, 1, 2) && tokens_.is_mark(clock + 1, ':');
    if (days && (timed || tokens_.count() == 3)) {
      cell_.layout = Layout::clock;
      if (timed) read_clock(tokens_, clock, false, cell_);
      cell_.seconds += day_seconds * tokens_.value(0);
      return;
    }
    const bool iso = tokens_.is_word(0, "t") && tokens_.is_number(1, 2, 6);
    const bool hour = tokens_.is_number(0, 1, 3);
    const size_t next = 1 + tokens_.is(1, Token::blank);
    if (!iso && !(hour && tokens_.is_mark(1, ':') && tokens_.is_number(2, 2, 2)) &&
        !(hour && (tokens_.is_word(next, "am") || tokens_.is_word(next, "pm"))))
      return;
    cell_.layout = Layout::clock;
    read_clock(tokens_, iso, iso, cell_);
  }

  void take_time(size_t at) {
    const bool iso = tokens_.is_word(at, "t");
    at += tokens_.is_mark(at, ',');
    read_clock(tokens_, at + 1, iso, cell_);
  }

  bool digits_;
  Tokens tokens_;
  Cell cell_;
  std::array<size_t, 3> numbers_{};  // positions of the numbers of the date
  size_t found_ = 0;                 // their count
  char separator_ = 0;
};

}  // namespace

namespace {

// "Mon Jan 29 10:00:00 2024", as C's ctime and the command date write it, becomes
// "2024 Jan 29 10:00:00"; "" for any other cell. A zone may stand before the year.
std::string with_year_first(std::string_view cell) {
  const size_t blank = cell.rfind(' ');
  const bool starts = !cell.empty() && is_weekday(cell.substr(0, cell.find(' ')));
  if (!starts || blank == cell.npos || cell.size() - blank != 5) return "";
  const std::string_view year = cell.substr(blank + 1);
  const std::string_view rest = cell.substr(0, blank).substr(cell.find(' ') + 1);
  const bool number = year.find_first_not_of("0123456789") == year.npos;
  if (!number || rest.find(':') == rest.npos) return "";
  return text({year, " ", rest.substr(rest.find_first_not_of(' '))});
}

}  // namespace

Cell read_cell(std::string_view cell, bool digits) {
  const bool all_digits = cell.find_first_not_of("0123456789") == cell.npos;
  const bool timed = digits && all_digits && (cell.size() == 14 || cell.size() == 12);
  const std::string usual =
      timed ? text({cell.substr(0, 8), "T", cell.substr(8)}) : with_year_first(cell);
  return CellReader(usual.empty() ? cell : usual, digits).cell();
}

void decide(Cell& cell, DateOrder order) {
  if (!cell.undecided) return;
  int year = 0, month = cell.month, day = 0;
  const auto [a, b, c] = cell.numbers;
  if (month) {  // day and year remain
    year = order == DateOrder::ymd ? a : b;
    day = order == DateOrder::ymd ? b : a;
  } else {
    year = order == DateOrder::ymd ? a : c;
    month = order == DateOrder::mdy ? a : b;
    day = order == DateOrder::mdy ? b : order == DateOrder::dmy ? a : c;
  }
  if (order == DateOrder::ymd && !cell.short_year) {
    cell.fault = "the year is last, but --date-order ymd expects it first";
    return;
  }
  if (cell.short_year && year < 100) year += year < 69 ? 2000 : 1900;
  cell.count = day_of(year, month, day, cell.fault);
}

}  // namespace gradus::dates
