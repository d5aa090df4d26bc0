// SPDX-License-Identifier: MIT
// The time of day in a cell.
#pragma once
#include "data/date_cell.h"
#include "data/date_tokens.h"

namespace gradus::dates {

/// Reads a time of day from token `at` to the last one into `cell`, or sets its fault. `iso`: after
/// a T, where it may have four or six digits, or a fraction of an hour or minute.
void read_clock(const Tokens& tokens, size_t at, bool iso, Cell& cell);

}  // namespace gradus::dates
