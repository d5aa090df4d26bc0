// SPDX-License-Identifier: MIT
// Tables of figures: aligned for people, as CSV for programs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::tools {

struct Table {
  struct Column {
    std::string name;
    int digits = 3;      // shown behind the point; CSV has them all
    bool brief = false;  // so many digits that count, instead: 1.2e-05
  };
  struct Cell {
    std::string words{};
    double value = 0;  // where there are no words; not finite: nothing is known
    Cell(double v) : value(v) {}
    Cell(std::string w) : words(std::move(w)) {}
  };

  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows{};
  std::string title{};  // a line above; CSV has none
};

/// Words to the left, numbers to the right, a line a row.
std::string table_text(const Table& table);

/// 1234567 as "1,234,567".
std::string grouped(int64_t number);

/// A cell of CSV: in quotes where it holds a comma, a quote or an end of line, or has a blank at
/// either end.
std::string csv_cell(const std::string& words);

/// The same as CSV; a cell with a comma or a quote stands in quotes.
std::string csv_text(const Table& table);

}  // namespace gradus::tools
