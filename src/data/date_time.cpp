// SPDX-License-Identifier: MIT
// Date columns: determines the format shared by all cells, the order, and the unit.
#include "gradus/data/date_time.h"

#include <algorithm>
#include <limits>

#include "data/date_cell.h"
#include "gradus/base/error.h"

namespace gradus {
namespace {

using dates::Cell;
using dates::Layout;

constexpr const char* unit_names[] = {"days",   "seconds",  "weeks",
                                      "months", "quarters", "seconds of the day"};
constexpr const char* order_names[] = {"auto", "dmy", "mdy", "ymd"};
constexpr const char* order_words[] = {"", "day/month/year", "month/day/year", "year/month/day"};
using dates::day_seconds;
constexpr DateOrder orders[] = {DateOrder::dmy, DateOrder::mdy, DateOrder::ymd};
constexpr size_t none = std::numeric_limits<size_t>::max();

bool is_day(Layout layout) { return dates::unit_of(layout) == TimeUnit::days; }

// Two passes over the cells: the first determines the format, the second converts.
class ColumnReader {
 public:
  ColumnReader(std::span<const std::string_view> cells, const DateOptions& options)
      : cells_(cells), options_(options) {}

  std::variant<DateColumn, DateFault> run() {
    for (size_t row = 0; row < cells_.size(); ++row)
      if (!cells_[row].empty()) look_at(row);
    if (filled_ == 0 && options_.unit) {  // a known date column with all cells missing
      unit_ = *options_.unit;
      return converted();
    }
    if (alike_ == 0 || 2 * alike_ < filled_) {
      const size_t row = other_ == none ? 0 : other_;
      const std::string shown = cells_.empty() ? "" : quoted(row);
      return DateFault{DateFault::Kind::not_dates, row, shown + " is not a date"};
    }
    if (other_ < fault_.row)
      complain(other_, text({quoted(other_), " is not a date; ", quoted(first_), " is one"}));
    if (fault_.row == none) choose_order();
    if (fault_.row == none) choose_unit();
    if (fault_.row != none) return fault_;
    return converted();
  }

 private:
  std::string quoted(size_t row) const { return text({"\"", printable(cells_[row]), "\""}); }
  void complain(size_t row, std::string what, DateFault::Kind kind = DateFault::Kind::bad_cell) {
    if (row < fault_.row) fault_ = {kind, row, std::move(what)};
  }

  // ---- the common format

  void look_at(size_t row) {
    ++filled_;
    Cell cell = dates::read_cell(cells_[row], options_.digits);
    if (cell.layout == Layout::none) {
      other_ = std::min(other_, row);
      return;
    }
    ++alike_;
    if (first_ == none) {
      first_ = row;
      layout_ = cell.layout;
    }
    if (!cell.fault.empty()) return complain(row, text({quoted(row), ": ", cell.fault}));
    if (cell.layout != layout_) return complain(row, other_layout(row, cell));
    look_at_zone(row, cell);
    if (cell.short_year && options_.order == DateOrder::automatic)
      return complain(row,
                      text({quoted(row),
                            " has a year of two digits; --date-order dmy, mdy or ymd "
                            "defines which number is the year (69 to 99: 1969 to 1999, 00 to 68: "
                            "2000 to 2068)"}));
    if (cell.undecided) try_orders(row, cell);
    midnight_ = midnight_ && cell.fraction == 0 && cell.seconds % day_seconds == 0;
    timed_ = timed_ || cell.has_time;
    long_ = long_ || cell.seconds > day_seconds;
  }

  std::string other_layout(size_t row, const Cell& cell) const {
    return text({quoted(row), " has another format (", dates::name(cell.layout), ") than ",
                 quoted(first_), " (", dates::name(layout_), ")"});
  }

  void look_at_zone(size_t row, const Cell& cell) {
    size_t& alike = cell.has_zone ? zoned_ : zoneless_;
    const size_t other = cell.has_zone ? zoneless_ : zoned_;
    alike = std::min(alike, row);
    if (other != none)
      complain(row, text({quoted(row), cell.has_zone ? " has a zone; " : " has no zone; ",
                          quoted(other), cell.has_zone ? " has none" : " has one"}));
  }

  void try_orders(size_t row, const Cell& cell) {
    undecided_ = true;
    Cell as[3];
    for (size_t i = 0; i < 3; ++i) {
      as[i] = cell;
      dates::decide(as[i], orders[i]);
      if (!as[i].fault.empty() && misfit_[i].row == none) misfit_[i] = {{}, row, as[i].fault};
    }
    const bool differ = as[0].fault.empty() && as[1].fault.empty() && as[0].count != as[1].count;
    if (differ && differ_ == none) differ_ = row;
  }

  // ---- the order

  void choose_order() {
    if (!undecided_) return;
    order_ = options_.order;
    if (order_ == DateOrder::automatic) order_ = found_order();
    if (order_ == DateOrder::automatic) return;
    const DateFault& misfit = misfit_[static_cast<size_t>(order_) - 1];
    if (misfit.row != none)
      complain(misfit.row, text({quoted(misfit.row), " as ", order_words[static_cast<int>(order_)],
                                 ": ", misfit.what}));
  }

  // Returns `automatic` after reporting an error.
  DateOrder found_order() {
    const DateFault &day_first = misfit_[0], &month_first = misfit_[1];
    if (day_first.row == none && month_first.row == none) {
      if (options_.fallback != DateOrder::automatic) return options_.fallback;
      if (differ_ == none) return DateOrder::dmy;
      complain(differ_,
               text({quoted(differ_),
                     " may be day/month/year or month/day/year, and no cell of "
                     "the column decides; set --date-order dmy or --date-order mdy"}),
               DateFault::Kind::ambiguous);
      return DateOrder::automatic;
    }
    if (day_first.row == none) return DateOrder::dmy;
    if (month_first.row == none) return DateOrder::mdy;
    if (day_first.row == month_first.row) return DateOrder::dmy;  // wrong in both orders
    const bool month_is_first = day_first.row < month_first.row;
    const DateFault& late = month_is_first ? month_first : day_first;
    complain(late.row, text({quoted(late.row), " as ", order_words[month_is_first ? 2 : 1], ": ",
                             late.what, "; that order follows from ",
                             quoted(month_is_first ? day_first.row : month_first.row)}));
    return DateOrder::automatic;
  }

  // ---- the unit

  void choose_unit() {
    unit_ = dates::unit_of(layout_);
    if (is_day(layout_) && !midnight_) unit_ = TimeUnit::seconds;
    const TimeUnit wanted = options_.unit.value_or(unit_);
    const auto of_dates = [](TimeUnit u) { return u == TimeUnit::days || u == TimeUnit::seconds; };
    if (wanted != unit_ && !(of_dates(wanted) && of_dates(unit_)))
      complain(first_, text({quoted(first_), " is in ", gradus::name(unit_),
                             "; the training data is in ", gradus::name(wanted)}));
    unit_ = wanted;
  }

  double value_of(const Cell& cell) const {
    const auto count = static_cast<double>(cell.count);
    if (unit_ == TimeUnit::seconds)
      return static_cast<double>(cell.count * day_seconds + cell.seconds) + cell.fraction;
    const double seconds = static_cast<double>(cell.seconds) + cell.fraction;
    return unit_ == TimeUnit::seconds_of_day ? seconds : count + seconds / day_seconds;
  }

  DateColumn converted() const {
    DateColumn column{.values = {}, .unit = unit_, .order = order_, .about = about()};
    column.values.reserve(cells_.size());
    for (const std::string_view text : cells_) {
      Cell cell;
      if (!text.empty()) cell = dates::read_cell(text, options_.digits);
      dates::decide(cell, order_);
      column.values.push_back(text.empty() ? std::numeric_limits<double>::quiet_NaN()
                                           : value_of(cell));
    }
    return column;
  }

  std::string about() const {
    const char* form =
        layout_ == Layout::open ? order_words[static_cast<int>(order_)] : dates::name(layout_);
    const char* zone = zoned_ != none ? ", in UTC" : "";
    switch (unit_) {
      case TimeUnit::weeks: return "weeks since 1970-W01";
      case TimeUnit::months: return "months since 1970-01";
      case TimeUnit::quarters: return "quarters since 1970Q1";
      case TimeUnit::seconds_of_day:
        return long_ ? "durations, in seconds" : text({"times of day", zone, ", in seconds"});
      default:
        return text({timed_ ? "dates and times, " : "dates, ", form, zone, ", in ",
                     gradus::name(unit_), " since 1970-01-01"});
    }
  }

  std::span<const std::string_view> cells_;
  const DateOptions& options_;
  size_t filled_ = 0, alike_ = 0;
  size_t first_ = none, other_ = none;     // the first date, the first other cell
  size_t zoned_ = none, zoneless_ = none;  // the first ones with and without a zone
  bool timed_ = false, midnight_ = true;
  bool long_ = false;  // some time of day is beyond 24 hours
  Layout layout_ = Layout::none;
  bool undecided_ = false;
  DateFault misfit_[3] = {{{}, none, {}}, {{}, none, {}}, {{}, none, {}}};  // first one of an order
  size_t differ_ = none;  // the first cell that fits in both orders, as different days
  DateFault fault_{{}, none, {}};
  DateOrder order_ = DateOrder::automatic;
  TimeUnit unit_ = TimeUnit::days;
};

}  // namespace

const char* name(TimeUnit unit) { return unit_names[static_cast<int>(unit)]; }
const char* name(DateOrder order) { return order_names[static_cast<int>(order)]; }

std::optional<TimeUnit> time_unit(std::string_view name) {
  for (size_t i = 0; i < std::size(unit_names); ++i)
    if (unit_names[i] == name) return static_cast<TimeUnit>(i);
  return {};
}

std::optional<DateOrder> date_order(std::string_view name) {
  for (size_t i = 0; i < std::size(order_names); ++i)
    if (order_names[i] == name) return static_cast<DateOrder>(i);
  return {};
}

std::variant<DateColumn, DateFault> read_dates(std::span<const std::string_view> cells,
                                               const DateOptions& options) {
  return ColumnReader(cells, options).run();
}

const char* epoch_unit(double low, double high) {
  constexpr double first = 631152000, last = 4102444800;  // 1990-01-01 and 2100-01-01
  double scale = 1;
  for (const char* unit : {"seconds", "milliseconds", "microseconds", "nanoseconds"}) {
    if (low >= first * scale && high < last * scale) return unit;
    scale *= 1000;
  }
  return "";
}

}  // namespace gradus
