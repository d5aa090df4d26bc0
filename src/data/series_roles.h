// SPDX-License-Identifier: MIT
// Determines the id, time and label columns of a table, with suggestions for missing ones.
#pragma once
#include "gradus/data/series.h"

namespace gradus {

struct Roles {
  int id = -1, time = -1, label = -1;  // columns; -1: none
  bool one_series = false;             // without ids, all rows are steps of one series
  bool steps = false;                  // without times, rows are steps in file order
  bool plain() const { return time < 0 && !steps; }  // one row is one series
  bool holds(int column) const { return column == id || column == time || column == label; }
};

/// The purpose of reading a table.
enum class Purpose { classes, unlabelled, forecast };

/// Throws std::runtime_error with all missing columns, and suggestions.
/// `plain`: as in training, if known.
Roles roles_of(const CsvTable& table, const SeriesColumns& names, Purpose purpose,
               std::optional<bool> plain = {});

/// Advice for a table that is read as one series per row although its rows look like steps of
/// series, or "".
std::string series_hint(const CsvTable& table, const Roles& roles);

/// A word for the command line, quoted if a shell needs it.
std::string shell_word(std::string_view word);

/// "column NAME", fit for a message.
std::string column_words(const CsvTable& table, int column);

}  // namespace gradus
