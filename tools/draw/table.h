// SPDX-License-Identifier: MIT
// Tables of figures: aligned text for the terminal, CSV for programs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::tools {

struct Table {
  struct Column {
    std::string name;
    int digits = 3;      // decimals shown; CSV has all digits
    bool brief = false;  // digits are significant digits instead: 1.2e-05
  };
  struct Cell {
    std::string words{};
    double value = 0;  // shown if `words` is empty; not finite: unknown
    Cell(double v) : value(v) {}
    Cell(std::string w) : words(std::move(w)) {}
  };

  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows{};
  std::string title{};  // a line above the table; not in CSV
};

/// The number of characters, not bytes, of a UTF-8 text.
size_t characters(const std::string& words);

/// The text of a cell: "-" if the value is unknown.
std::string cell_text(const Table::Cell& cell, const Table::Column& column);

/// Text is aligned left, numbers right, one line per row.
std::string table_text(const Table& table);

/// 1234567 as "1,234,567".
std::string grouped(int64_t number);

/// A CSV cell: quoted if it contains a comma, a quote or a line end, or starts or ends with a
/// blank.
std::string csv_cell(const std::string& words);

/// The table as CSV.
std::string csv_text(const Table& table);

}  // namespace gradus::tools
