// SPDX-License-Identifier: MIT
// One cell read as a date or a time of day, before its column has decided on the order.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "gradus/data/date_time.h"

namespace gradus::dates {

/// How a cell is written. Cells of one column share it.
enum class Layout {
  none,
  year_first,
  open,  // the order of three numbers is not known
  named,
  ordinal,
  week_date,
  week,
  month,
  quarter,
  clock
};
/// "year-month-day", ...
const char* name(Layout layout);
/// What the numbers of a layout count, times of day apart.
TimeUnit unit_of(Layout layout);

struct Cell {
  Layout layout = Layout::none;  // none: it has nothing of a date
  std::string fault;             // or it has, but is wrong
  int64_t count = 0;             // of unit_of(layout) since 1970, unless `undecided`
  bool undecided = false;        // the order of `numbers` says what they are
  bool short_year = false;       // one of them is a year of two digits
  std::array<int, 3> numbers{};  // as they stand in the cell
  int month = 0;                 // where it has a name; `numbers` are day and year then
  bool has_time = false, has_zone = false;
  int64_t seconds = 0;  // of the time of day, less the offset of its zone
  double fraction = 0;  // of a second
};

/// Reads a cell; `digits`: without separators too.
Cell read_cell(std::string_view text, bool digits);

/// Sets `count` of an undecided cell, or `fault`.
void decide(Cell& cell, DateOrder order);

}  // namespace gradus::dates
