// SPDX-License-Identifier: MIT
// Interprets the cells of a table: decimal commas and missing-value markers.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "data/csv_dialect.h"
#include "data/csv_reader.h"
#include "data/date_cell.h"

namespace gradus {
namespace {

struct CellPlace {
  size_t row, place;
};

std::string counted(const std::map<std::string, int64_t>& words) {
  std::string all;
  for (const auto& [word, count] : words)
    all += text({all.empty() ? "" : ", ", printable(word), " ", count});
  return all;
}

// The user's markers, compared as text, and as numbers if they are numbers: -9 equals -9.0.
class MissingWords {
 public:
  explicit MissingWords(const std::vector<std::string>& words)
      : words_(words.begin(), words.end()) {
    double v = 0;
    for (const std::string& word : words)
      if (parse_number(word, v)) numbers_.insert(v);
  }
  bool hold(std::string_view cell) const {
    double v = 0;
    if (words_.contains(cell)) return true;
    return !numbers_.empty() && parse_number(cell, v) && numbers_.contains(v);
  }

 private:
  std::set<std::string, std::less<>> words_;
  std::set<double> numbers_;
};

}  // namespace

// ---- decimal commas

// A file has decimal commas if numbers with a comma occur and none with a point.
void CsvReader::find_decimal() {
  if (options_.decimal == '.' || (options_.decimal == 0 && r_.text.find(',') == r_.text.npos))
    return;
  std::optional<CellPlace> comma, point, thousands;
  std::vector<size_t> commas(header_.size()), filled(header_.size());
  for (size_t i = first_row_; i < r_.count(); ++i)
    for (size_t place = 0; place < std::min(r_.width(i), header_.size()); ++place) {
      const std::string_view cell = r_.cell(i, place);
      filled[place] += !cell.empty();
      if (!point && has_decimal(cell, '.')) point = {i, place};
      if (!has_decimal(cell, ',')) continue;
      ++commas[place];
      std::optional<CellPlace>& first = may_be_thousands(cell) ? thousands : comma;
      if (!first) first = {i, place};
    }
  const auto refuse = [&](const CellPlace& at, std::initializer_list<Piece> pieces) {
    fail(r_.lines[at.row], at.place + 1, {"\"", r_.cell(at.row, at.place), "\" ", text(pieces)});
  };
  const bool forced = options_.decimal == ',';
  if (forced && point)
    refuse(*point, {"has a point although --decimal comma is set; write thousands without a "
                    "separator: 1234,5"});
  if (!comma && !thousands) return;
  if (!forced && point) {
    // Commas in a text column are part of the text.
    const CellPlace& at = comma ? *comma : *thousands;
    if (2 * commas[at.place] <= filled[at.place]) return;
    refuse(at, {"has a comma, and \"", r_.cell(point->row, point->place), "\" in line ",
                r_.lines[point->row],
                " has a point: only one of them can be decimal; --decimal "
                "point reads cells with a comma as text"});
  }
  if (!forced && !comma)
    refuse(*thousands, {"may be a decimal number or have a thousands separator; --decimal comma "
                        "reads it as decimal, --decimal point as text"});
  convert_decimals();
}

void CsvReader::convert_decimals() {
  dialect_ += (dialect_.empty() ? "" : ", ") + std::string("decimal comma");
  for (size_t i = first_row_; i < r_.count(); ++i)
    for (size_t place = 0; place < r_.width(i); ++place) {
      const std::string_view cell = r_.cell(i, place);
      if (!has_decimal(cell, ',')) continue;
      const auto begin = static_cast<size_t>(cell.data() - r_.text.data());
      r_.text[begin + cell.find(',')] = '.';
    }
}

// ---- missing values

void CsvReader::mark_missing() {
  t_.usual_missing_.assign(t_.columns_.size(), false);
  if (!options_.missing.empty()) blank_missing();
  if (!options_.usual_missing) return;
  std::map<std::string, int64_t> words;
  for (int c = 0; c < static_cast<int>(t_.columns_.size()); ++c) {
    std::map<std::string, int64_t> here;
    for (int64_t row = 0; row < t_.rows(); ++row)
      if (const std::string_view cell = t_.written(row, c); is_usual_missing(cell))
        ++here[std::string(cell)];
    if (here.empty()) continue;
    const bool numbers = holds_numbers(c);
    t_.usual_missing_[static_cast<size_t>(c)] = numbers;
    if (numbers)
      for (const auto& [word, count] : here) words[word] += count;
    else
      t_.remarks_.push_back(
          text({"column ", printable(t_.columns_[static_cast<size_t>(c)]), ": ", counted(here),
                " kept as text, since the column contains no "
                "numbers; --missing WORD reads a word as a missing value"}));
  }
  if (!words.empty()) t_.remarks_.push_back("missing-value markers: " + counted(words));
}

// Whether most cells, apart from markers, are numbers or dates.
bool CsvReader::holds_numbers(int column) const {
  int64_t numbers = 0, others = 0;
  for (int64_t row = 0; row < t_.rows(); ++row) {
    const std::string_view cell = t_.written(row, column);
    double unused = 0;
    if (cell.empty() || is_usual_missing(cell)) continue;
    const bool fits =
        parse_number(cell, unused) || dates::read_cell(cell, false).layout != dates::Layout::none;
    ++(fits ? numbers : others);
  }
  return numbers > others;
}

// Rewrites the cells without the user's markers.
void CsvReader::blank_missing() {
  const MissingWords wanted(options_.missing);
  std::map<std::string, int64_t> words;
  std::string kept;
  std::vector<size_t> ends;
  size_t begin = 0;
  const size_t header_end = t_.first_.empty() ? t_.ends_.size() : t_.first_[0];
  for (size_t i = 0; i < t_.ends_.size(); ++i) {
    const std::string_view cell = std::string_view(t_.text_).substr(begin, t_.ends_[i] - begin);
    begin = t_.ends_[i];
    const bool missing = i >= header_end && !cell.empty() && wanted.hold(cell);
    if (missing) ++words[std::string(cell)];
    else kept += cell;
    ends.push_back(kept.size());
  }
  t_.text_ = std::move(kept);
  t_.ends_ = std::move(ends);
  if (!words.empty()) t_.remarks_.push_back("read as missing (--missing): " + counted(words));
  std::string unused;
  for (const std::string& word : options_.missing)
    if (const MissingWords one({word});
        std::none_of(words.begin(), words.end(), [&](const auto& w) { return one.hold(w.first); }))
      unused += (unused.empty() ? "" : ", ") + printable(word);
  if (!unused.empty()) t_.remarks_.push_back("no cell contains " + unused + " (--missing)");
}

}  // namespace gradus
