// SPDX-License-Identifier: MIT
// CSV as files really are: BOM, CRLF, quotes, blank lines; and messages that say where.
// Next: data/series.h
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/error.h"

namespace gradus {

/// A table of text, one header line and rows of as many cells. Commas separate; a cell in double
/// quotes may hold commas, line ends and doubled quotes; blanks around other cells are dropped;
/// lines end with LF, CRLF or CR; blank lines and a UTF-8 byte order mark are skipped.
/// Every fault throws std::runtime_error "FILE:LINE:COLUMN: ..." : a row of another number of
/// cells, a quote left open or followed by text, a NUL byte, UTF-16, a record over 16 MiB, a
/// missing header, a column without a name or with the name of another.
class CsvTable {
 public:
  /// Reads a file, or standard input for "-".
  static CsvTable read(const std::string& path);
  /// The same from bytes in memory; `name` stands for the file in messages.
  static CsvTable parse(std::string_view bytes, const std::string& name);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& columns() const { return columns_; }
  /// The number of a column, or -1.
  int column(std::string_view name) const;
  int64_t rows() const { return static_cast<int64_t>(lines_.size()); }
  std::string_view cell(int64_t row, int column) const;
  /// The line of the file where a row begins, from 1.
  int64_t line(int64_t row) const { return lines_[static_cast<size_t>(row)]; }

  /// A cell as a finite number: decimal, with an optional sign and exponent, in any locale; too
  /// small a number is 0. Anything else, an empty cell too, throws with place and text.
  double number(int64_t row, int column) const;
  /// Throws std::runtime_error "FILE:LINE:COLUMN: ...".
  [[noreturn]] void fail(int64_t row, int column, std::initializer_list<Piece> pieces) const;

 private:
  friend class CsvParser;
  std::string name_;
  std::vector<std::string> columns_;
  std::string text_;            // all cells, one after another
  std::vector<size_t> ends_;    // of each cell in text_
  std::vector<int64_t> lines_;  // of each row
};

/// The whole field as a finite number; false if it is not one. One '+' is allowed; underflow is 0.
bool parse_number(std::string_view field, double& value);

}  // namespace gradus
