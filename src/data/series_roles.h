// SPDX-License-Identifier: MIT
// Which column of a table is id, time and label; what to suggest where one is not there.
#pragma once
#include "gradus/data/series.h"

namespace gradus {

struct Roles {
  int id = -1, time = -1, label = -1;  // columns; -1: there is none
  bool one_series = false;             // without ids, all rows are steps of one series
  bool steps = false;                  // without times, rows are steps in their order
  bool plain() const { return time < 0 && !steps; }  // one row is one series
  bool holds(int column) const { return column == id || column == time || column == label; }
};

/// What a table is read for.
enum class Purpose { classes, unlabelled, forecast };

/// Throws std::runtime_error with all columns that are missing, and those that may be meant.
/// `plain`: as in training, where that is known.
Roles roles_of(const CsvTable& table, const SeriesColumns& names, Purpose purpose,
               std::optional<bool> plain = {});

/// For a table that is read one row a series though its rows look like steps of some: what to do,
/// or "".
std::string series_hint(const CsvTable& table, const Roles& roles);

/// A word for the command line, in quotes where a shell needs them.
std::string shell_word(std::string_view word);

/// "column NAME", fit for a message.
std::string column_words(const CsvTable& table, int column);

}  // namespace gradus
