// SPDX-License-Identifier: MIT
// Determines the header, the columns, and the meaning of their cells.
#include "data/csv_reader.h"

#include <algorithm>
#include <cmath>

#include "data/csv_dialect.h"
#include "data/date_cell.h"
#include "data/encoding.h"

namespace gradus {

void CsvReader::run(std::string_view bytes) {
  t_.options_ = options_;
  std::string encoding;
  std::string text = utf8_text(bytes, options_.encoding, t_.name_, encoding);
  constexpr char dos_end_of_file = 0x1A;
  while (text.ends_with(dos_end_of_file)) text.pop_back();
  read_records(text);
  if (r_.count() == 0) fail(1, 1, {"the file has no header line"});
  take_header();
  drop_comments();
  drop_empty_rows();
  check_widths();
  take_columns();
  find_decimal();
  take_rows();
  mark_missing();
  if (!encoding.empty()) dialect_ += (dialect_.empty() ? "" : ", ") + encoding;
  if (!dialect_.empty()) t_.remarks_.insert(t_.remarks_.begin(), dialect_);
}

std::string_view CsvReader::cell(size_t row, size_t place) const {
  return place < r_.width(row) ? r_.cell(row, place) : std::string_view{};
}

void CsvReader::read_records(const std::string& text) {
  std::string_view rest = text;
  size_t length = 0;
  int64_t line = 1;
  const auto declared = declared_separator(rest, length);
  if (declared) {
    rest.remove_prefix(length);
    ++line;
  }
  separator_ = options_.separator ? options_.separator : declared ? *declared : 0;
  if (!separator_) separator_ = found_separator(rest);
  if (separator_ != ',') dialect_ = "separator " + separator_name(separator_);
  r_ = csv_records(rest, line, separator_, t_.name_);
}

// ---- the header

void CsvReader::take_header() {
  header_line_ = r_.lines[0];
  if (options_.header == CsvHeader::no) return generated_names();
  if (options_.header == CsvHeader::automatic && looks_like_data(r_)) return header_in_comment();
  for (size_t place = 0; place < r_.width(0); ++place) header_.emplace_back(r_.cell(0, place));
}

void CsvReader::generated_names() {
  first_row_ = 0;
  for (size_t place = 0; place < r_.width(0); ++place) header_.push_back(text({"c", place + 1}));
  t_.remarks_.push_back(text({"no header: the columns are called c1 to c", header_.size()}));
}

// "# id,time,value" above the data, as written by numerical programs.
void CsvReader::header_in_comment() {
  const CsvRecords above = csv_records(r_.last_comment, r_.comment_line, separator_, t_.name_);
  double unused = 0;
  bool names = above.count() == 1 && above.width(0) == r_.width(0);
  for (size_t place = 0; names && place < above.width(0); ++place)
    names = !parse_number(above.cell(0, place), unused);
  if (!names) {
    std::string start;
    for (size_t place = 0; place < std::min<size_t>(r_.width(0), 4); ++place)
      start += (place ? ", " : "") + printable(r_.cell(0, place), 20);
    fail(header_line_, 1,
         {"the first line looks like data (", start, r_.width(0) > 4 ? ", ..." : "",
          "), not like column names; --header no names the columns c1, c2, ..., --header yes reads "
          "the line as names"});
  }
  for (size_t place = 0; place < above.width(0); ++place)
    header_.emplace_back(above.cell(0, place));
  header_line_ = r_.comment_line;
  --r_.comments;
  first_row_ = 0;
  t_.remarks_.push_back(text({"the column names are in the comment in line ", header_line_}));
}

// Lines that start with # are rows if all rows do, else comments.
void CsvReader::drop_comments() {
  const auto begin = r_.commented.begin() + static_cast<std::ptrdiff_t>(first_row_);
  if (!std::all_of(begin, r_.commented.end(), [](bool b) { return b; })) {
    const size_t before = r_.count();
    keep([&](size_t i) { return !r_.commented[i]; });
    r_.comments += static_cast<int64_t>(before - r_.count());
  }
  if (r_.comments)
    t_.remarks_.push_back(
        text({r_.comments, r_.comments == 1 ? " comment line" : " comment lines", " (#) skipped"}));
}

// ",,,", as spreadsheets write rows below a table. In a table of one column, "" is a missing value.
void CsvReader::drop_empty_rows() {
  if (header_.size() < 2) return;
  const auto is_empty = [&](size_t i) {
    if (i < first_row_) return false;
    for (size_t place = 0; place < r_.width(i); ++place)
      if (!r_.cell(i, place).empty()) return false;
    return true;
  };
  size_t count = 0, first = 0;
  for (size_t i = first_row_; i < r_.count(); ++i)
    if (is_empty(i) && count++ == 0) first = i;
  if (count == 0) return;
  t_.remarks_.push_back(text({count, count == 1 ? " row" : " rows", " without any value left out (",
                              count == 1 ? "line " : "the first in line ", r_.lines[first], ")"}));
  keep([&](size_t i) { return !is_empty(i); });
}

void CsvReader::keep(const std::function<bool(size_t)>& wanted) {
  CsvRecords kept;
  kept.comments = r_.comments;
  for (size_t i = 0; i < r_.count(); ++i) {
    if (!wanted(i)) continue;
    kept.first.push_back(kept.ends.size());
    for (size_t place = 0; place < r_.width(i); ++place) {
      kept.text += r_.cell(i, place);
      kept.ends.push_back(kept.text.size());
    }
    kept.lines.push_back(r_.lines[i]);
    kept.commented.push_back(r_.commented[i]);
    kept.quoted.push_back(r_.quoted[i]);
  }
  r_ = std::move(kept);
}

// ---- columns

// As written by R: each row starts with its name, for which the header has no cell.
bool CsvReader::has_row_names() const {
  if (r_.count() - first_row_ < 2) return false;
  bool quoted = true, counted = true;
  for (size_t i = first_row_; i < r_.count(); ++i) {
    if (r_.width(i) != header_.size() + 1) return false;
    quoted = quoted && r_.quoted[i];
    counted = counted && r_.cell(i, 0) == std::to_string(i - first_row_ + 1);
  }
  const size_t last = header_.size();
  for (size_t i = first_row_; i < r_.count(); ++i)
    if (!r_.cell(i, last).empty()) return quoted || counted;
  return false;  // each line ends with a separator
}

void CsvReader::check_widths() {
  if (has_row_names()) header_.insert(header_.begin(), "");
  size_t named = header_.size();
  while (named > 0 && header_[named - 1].empty()) --named;
  const size_t least = std::max<size_t>(named, 1);
  for (size_t i = first_row_; i < r_.count(); ++i) {
    size_t width = r_.width(i);
    while (width > header_.size() && r_.cell(i, width - 1).empty()) --width;
    if (width < least || width > header_.size())
      fail(r_.lines[i], std::min(width, header_.size()),
           {"this row has ", width, width == 1 ? " cell" : " cells", "; the header has ",
            header_.size(),
            header_.size() == 1 && width > 2
                ? "; if the column names are further down, remove the lines above them"
                : ""});
  }
}

namespace {
constexpr const char* name_it = "; give it one in the first line";
}

void CsvReader::take_columns() {
  for (size_t place = 0; place < header_.size(); ++place) {
    std::string& name = header_[place];
    const bool saved_index = name.starts_with("Unnamed: ") && numbers_rows(place);
    if ((name.empty() || saved_index) && take_unnamed(place)) continue;
    const auto [twin, is_new] = t_.index_.try_emplace(name, static_cast<int>(t_.columns_.size()));
    if (!is_new)
      fail(header_line_, place + 1,
           {"column ", printable(name), " occurs twice; it is also column ",
            t_.places_[static_cast<size_t>(twin->second)] + 1, "; give one of them another name"});
    t_.columns_.push_back(name);
    t_.places_.push_back(static_cast<int>(place));
  }
  if (t_.columns_.empty()) fail(header_line_, 1, {"this column has no name", name_it});
  if (t_.columns_.size() == 1 && header_.size() == 1 && separator_ == ',' &&
      t_.columns_[0].find_first_of(" \t") != std::string::npos && !r_.quoted.at(0))
    t_.remarks_.emplace_back("one column; --separator sets a separator other than the comma");
}

// Returns whether the column is dropped; if not, gives it a name.
bool CsvReader::take_unnamed(size_t place) {
  bool empty = true;
  for (size_t i = first_row_; i < r_.count() && empty; ++i) empty = cell(i, place).empty();
  if (empty && (place > 0 || r_.count() > first_row_)) return true;
  if (numbers_rows(place)) {
    t_.remarks_.push_back(text({"column ", place + 1,
                                " has no name and numbers the rows: it is "
                                "left out"}));
    return true;
  }
  if (place > 0 || t_.index_.contains("index") ||
      std::find(header_.begin(), header_.end(), "index") != header_.end() ||
      r_.count() == first_row_)
    fail(header_line_, place + 1, {"this column has no name", name_it});
  header_[place] = "index";
  t_.remarks_.emplace_back("column 1 has no name: it is called index");
  return false;
}

bool CsvReader::numbers_rows(size_t place) const {
  for (size_t i = first_row_; i < r_.count(); ++i) {
    double v = 0;
    if (!parse_number(cell(i, place), v) || v != std::floor(v)) return false;
  }
  return place == 0 && r_.count() > first_row_;
}

void CsvReader::take_rows() {
  t_.text_ = std::move(r_.text);
  t_.ends_ = std::move(r_.ends);
  const auto skipped = static_cast<std::ptrdiff_t>(first_row_);
  t_.first_.assign(r_.first.begin() + skipped, r_.first.end());
  t_.lines_.assign(r_.lines.begin() + skipped, r_.lines.end());
}

}  // namespace gradus
