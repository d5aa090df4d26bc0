// SPDX-License-Identifier: MIT
// Converts the records of a file to a table: header, columns, decimal marks, missing values.
#pragma once
#include <functional>

#include "data/csv_records.h"
#include "gradus/data/csv.h"

namespace gradus {

class CsvReader {
 public:
  CsvReader(CsvTable& table, const CsvOptions& options) : t_(table), options_(options) {}
  void run(std::string_view bytes);

 private:
  void read_records(const std::string& text);
  void take_header();
  void header_in_comment();
  void generated_names();
  void check_widths();
  bool has_row_names() const;
  void take_columns();
  bool take_unnamed(size_t place);
  bool numbers_rows(size_t place) const;
  void drop_comments();
  void drop_empty_rows();
  /// Only the records wanted(i).
  void keep(const std::function<bool(size_t)>& wanted);
  void take_rows();

  void find_decimal();
  void convert_decimals();
  void mark_missing();
  bool holds_numbers(int column) const;
  void blank_missing();
  void remark();

  std::string_view cell(size_t row, size_t place) const;  // "" beyond the end of the row
  [[noreturn]] void fail(int64_t line, size_t column, std::initializer_list<Piece> pieces) const {
    fail_at(t_.name_, line, column, pieces);
  }

  CsvTable& t_;
  const CsvOptions& options_;
  CsvRecords r_;
  char separator_ = ',';
  std::vector<std::string> header_;  // a name for each position, "" for none
  int64_t header_line_ = 1;
  size_t first_row_ = 1;  // the first record that is a row
  std::string dialect_;   // "separator ;, decimal comma"
};

}  // namespace gradus
