// SPDX-License-Identifier: MIT
// The CSV reader: one pass over the bytes.
#include "gradus/data/csv.h"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

namespace gradus {

bool parse_number(std::string_view field, double& value) {
  if (field.starts_with('+') && field.size() > 1 && field[1] != '-') field.remove_prefix(1);
  const char* end = field.data() + field.size();
  double v = 0;
  auto [stop, error] = std::from_chars(field.data(), end, v);
  if (error == std::errc::result_out_of_range && stop == end) {
    // from_chars says the same for both ends of the range; a wider type tells them apart.
    long double wide = 0;
    const bool fits = std::from_chars(field.data(), end, wide).ec == std::errc();
    const bool tiny = fits ? std::abs(wide) < 1
                           : field.find("e-") != field.npos || field.find("E-") != field.npos;
    if (!tiny) return false;
    value = 0;
    return true;
  }
  if (error != std::errc() || stop != end || !std::isfinite(v)) return false;
  value = v;
  return true;
}

class CsvParser {
 public:
  CsvParser(std::string_view bytes, CsvTable& table) : in_(bytes), t_(table) {}

  void run() {
    skip_mark();
    bool header = true;
    while (at_ < in_.size()) {
      const int64_t line = line_;
      if (!record()) continue;
      if (header)
        take_header(line);
      else
        check_width(line), t_.lines_.push_back(line);
      header = false;
    }
    if (header) fail(1, 1, {"the file has no header line"});
  }

 private:
  static constexpr size_t longest_record = 16 << 20;

  [[noreturn]] void fail(int64_t line, size_t column, std::initializer_list<Piece> pieces) const {
    file_error({t_.name_, ":", line, ":", column, ": ", text(pieces)});
  }

  void skip_mark() {
    if (in_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    if (in_.starts_with("\xFF\xFE") || in_.starts_with("\xFE\xFF"))
      fail(1, 1, {"the file is in UTF-16; save it as UTF-8"});
  }

  bool at_line_end() const { return at_ == in_.size() || in_[at_] == '\n' || in_[at_] == '\r'; }
  void skip_line_end() {
    if (at_ == in_.size()) return;
    at_ += in_[at_] == '\r' && at_ + 1 < in_.size() && in_[at_ + 1] == '\n' ? 2 : 1;
    ++line_;
  }

  // Reads one record into text_ and ends_; false for a blank line.
  bool record() {
    const size_t start = at_, text_before = t_.text_.size();
    first_cell_ = t_.ends_.size();
    for (bool more = true; more;) {
      skip_blanks();
      if (at_ < in_.size() && in_[at_] == '"')
        quoted();
      else
        plain();
      t_.ends_.push_back(t_.text_.size());
      if (at_ - start > longest_record)
        fail(line_, cells(), {"this record is longer than 16 MiB; is a quote left open?"});
      more = at_ < in_.size() && in_[at_] == ',';
      if (more) ++at_;
    }
    const bool blank =
        cells() == 1 && t_.text_.size() == text_before && in_[at_ - (at_ > start)] != '"';
    skip_line_end();
    if (blank) t_.ends_.pop_back();
    return !blank;
  }

  size_t cells() const { return t_.ends_.size() - first_cell_; }
  void skip_blanks() {
    while (at_ < in_.size() && (in_[at_] == ' ' || in_[at_] == '\t')) ++at_;
  }

  void plain() {
    const size_t start = at_;
    while (!at_line_end() && in_[at_] != ',') {
      if (in_[at_] == '\0') fail(line_, cells() + 1, {"there is a NUL byte; the file is not text"});
      ++at_;
    }
    size_t end = at_;
    while (end > start && (in_[end - 1] == ' ' || in_[end - 1] == '\t')) --end;
    t_.text_.append(in_, start, end - start);
  }

  void quoted() {
    const int64_t line = line_;
    const size_t start = ++at_;
    for (;; ++at_) {
      if (at_ == in_.size() || at_ - start > longest_record)
        fail(line, cells() + 1, {"the quote that opens here is never closed"});
      const char c = in_[at_];
      if (c == '\0') fail(line_, cells() + 1, {"there is a NUL byte; the file is not text"});
      if (c == '\n' || (c == '\r' && !in_.substr(at_ + 1).starts_with('\n'))) ++line_;
      if (c == '"') {
        if (!in_.substr(at_ + 1).starts_with('"')) break;
        ++at_;
      }
      t_.text_ += c;
    }
    ++at_;
    skip_blanks();
    if (!at_line_end() && in_[at_] != ',')
      fail(line_, cells() + 1,
           {"there is text after a closing quote: ",
            printable(in_.substr(at_, in_.find_first_of(",\r\n", at_) - at_))});
  }

  void take_header(int64_t line) {
    size_t begin = 0;
    for (size_t end : t_.ends_) {
      const std::string column = t_.text_.substr(begin, end - begin);
      const size_t place = t_.columns_.size() + 1;
      if (column.empty()) fail(line, place, {"this column has no name"});
      if (const int twin = t_.column(column); twin >= 0)
        fail(line, place,
             {"column ", printable(column), " comes twice; it is also column ", twin + 1});
      t_.columns_.push_back(column);
      begin = end;
    }
    for (const char* other : {";", "\t"})
      if (t_.columns_.size() == 1 && t_.columns_[0].find(other) != std::string::npos)
        fail(line, 1,
             {"the header has one column, and ", *other == ';' ? "semicolons" : "tabs",
              " in it; expected commas between columns"});
    t_.text_.clear();
    t_.ends_.clear();
  }

  void check_width(int64_t line) const {
    if (cells() != t_.columns_.size())
      fail(line, std::min(cells(), t_.columns_.size()),
           {"this row has ", cells(), " cells; the header has ", t_.columns_.size()});
  }

  std::string_view in_;
  CsvTable& t_;
  size_t at_ = 0, first_cell_ = 0;
  int64_t line_ = 1;
};

CsvTable CsvTable::parse(std::string_view bytes, const std::string& name) {
  CsvTable t;
  t.name_ = name;
  CsvParser(bytes, t).run();
  return t;
}

CsvTable CsvTable::read(const std::string& path) {
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
  return parse(bytes, shown);
}

int CsvTable::column(std::string_view name) const {
  for (size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i] == name) return static_cast<int>(i);
  return -1;
}

std::string_view CsvTable::cell(int64_t row, int column) const {
  const size_t i = static_cast<size_t>(row) * columns_.size() + static_cast<size_t>(column);
  const size_t begin = i ? ends_[i - 1] : 0;
  return std::string_view(text_).substr(begin, ends_[i] - begin);
}

void CsvTable::fail(int64_t row, int column, std::initializer_list<Piece> pieces) const {
  file_error({name_, ":", line(row), ":", column + 1, ": ", text(pieces)});
}

double CsvTable::number(int64_t row, int column) const {
  const std::string_view field = cell(row, column);
  double value = 0;
  if (parse_number(field, value)) return value;
  const std::string& name = columns_[static_cast<size_t>(column)];
  if (field.empty())
    fail(row, column, {"column ", printable(name), " is empty; expected a number"});
  fail(row, column,
       {"\"", printable(field), "\" in column ", printable(name),
        " is not a finite number (an empty cell means missing)"});
}

}  // namespace gradus
