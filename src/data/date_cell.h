// SPDX-License-Identifier: MIT
// Reads one cell as a date or a time of day, before the order of its column is known.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "gradus/data/date_time.h"

namespace gradus::dates {

/// The format of a cell, shared by all cells of a column.
enum class Layout {
  none,
  year_first,
  open,  // three numbers in unknown order
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
/// The unit of a layout, ignoring times of day.
TimeUnit unit_of(Layout layout);

constexpr int64_t day_seconds = 86400;

struct Cell {
  Layout layout = Layout::none;  // none: does not look like a date
  std::string fault;             // the problem if it looks like a date but is invalid
  int64_t count = 0;             // of unit_of(layout) since 1970, unless `undecided`
  bool undecided = false;        // the meaning of `numbers` depends on the order
  bool short_year = false;       // one of them is a year of two digits
  std::array<int, 3> numbers{};  // as written in the cell
  int month = 0;                 // if given by name; `numbers` are then day and year
  bool has_time = false, has_zone = false;
  int64_t seconds = 0;  // the time of day, less the offset of its zone
  double fraction = 0;  // fraction of a second
};

/// Reads a cell; `digits`: also dates without separators.
Cell read_cell(std::string_view text, bool digits);

/// Sets `count` of an undecided cell, or `fault`.
void decide(Cell& cell, DateOrder order);

}  // namespace gradus::dates
