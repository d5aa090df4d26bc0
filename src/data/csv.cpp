// SPDX-License-Identifier: MIT
// Tables of text: opens files and reads cells.
#include "gradus/data/csv.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "data/csv_reader.h"
#include "data/encoding.h"

namespace gradus {

CsvTable CsvTable::parse(std::string_view bytes, const std::string& name,
                         const CsvOptions& options) {
  CsvTable t;
  t.name_ = name;
  CsvReader(t, options).run(bytes);
  return t;
}

CsvTable::CsvTable(std::string name, std::vector<std::string> columns)
    : name_(std::move(name)), columns_(std::move(columns)), usual_missing_(columns_.size()) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    index_.emplace(columns_[i], static_cast<int>(i));
    places_.push_back(static_cast<int>(i));
  }
}

void CsvTable::append(std::span<const std::string_view> cells, int64_t line) {
  if (cells.size() != columns_.size())
    argument_error(
        {"CsvTable::append: ", cells.size(), " cells for ", columns_.size(), " columns"});
  first_.push_back(ends_.size());
  lines_.push_back(line);
  for (std::string_view cell : cells) {
    text_ += cell;
    ends_.push_back(text_.size());
  }
}

std::string text_bytes(const std::string& path) {
  const std::string shown = path == "-" ? "standard input" : printable(path, 200);
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) file_error({shown, ": cannot be opened: ", std::strerror(errno)});
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string bytes;
  char buffer[1 << 16];
  while (in.read(buffer, sizeof buffer), in.gcount() > 0)
    bytes.append(buffer, static_cast<size_t>(in.gcount()));
  if (in.bad()) file_error({shown, ": cannot be read: ", std::strerror(errno)});
  return bytes;
}

CsvTable CsvTable::read(const std::string& path, const CsvOptions& options) {
  return parse(text_bytes(path), path == "-" ? "standard input" : printable(path, 200), options);
}

int CsvTable::column(std::string_view name) const {
  const auto at = index_.find(name);
  return at == index_.end() ? -1 : at->second;
}

std::string_view CsvTable::written(int64_t row, int column) const {
  const size_t i =
      first_[static_cast<size_t>(row)] + static_cast<size_t>(places_[static_cast<size_t>(column)]);
  const size_t begin = i ? ends_[i - 1] : 0;
  return std::string_view(text_).substr(begin, ends_[i] - begin);
}

std::string_view CsvTable::cell(int64_t row, int column) const {
  const std::string_view cell = written(row, column);
  const bool words = usual_missing_[static_cast<size_t>(column)];
  return words && is_usual_missing(cell) ? std::string_view{} : cell;
}

bool CsvTable::missing(int64_t row, int column) const {
  const std::string_view cell = written(row, column);
  return cell.empty() || (options_.usual_missing && is_usual_missing(cell));
}

void CsvTable::fail(int64_t row, int column, std::initializer_list<Piece> pieces) const {
  const int place = places_[static_cast<size_t>(column)];
  file_error({name_, ":", line(row), ":", place + 1, ": ", text(pieces)});
}

double CsvTable::number(int64_t row, int column) const {
  const std::string_view field = cell(row, column);
  const std::string name = printable(columns_[static_cast<size_t>(column)]);
  double value = 0;
  if (parse_number(field, value)) {
    if (std::isfinite(static_cast<float>(value))) return value;
    fail(row, column,
         {"\"", printable(field), "\" in column ", name,
          " is too large for a model (at most "
          "3.4e38); if it marks missing values: --missing ",
          field});
  }
  if (field.empty()) fail(row, column, {"column ", name, " is empty; expected a number"});
  const std::string hint = number_hint(field);
  fail(row, column,
       {"\"", printable(field), "\" in column ", name, " is not a finite number",
        hint.empty() ? " (an empty cell is missing; --missing WORDS adds missing-value markers)"
                     : ": " + hint});
}

}  // namespace gradus
