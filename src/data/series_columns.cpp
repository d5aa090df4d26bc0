// SPDX-License-Identifier: MIT
// Determines the type of a column from its cells.
#include "data/series_columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "data/series_names.h"
#include "data/series_roles.h"

namespace gradus {
namespace {

// Beyond this, sums of squares overflow f32: such a cell is a marker, not a measurement.
constexpr double too_large = 1e30;
constexpr double no_value = std::numeric_limits<double>::quiet_NaN();
constexpr size_t few_categories = 20;

struct Odd {
  int64_t count = 0, row = 0;  // the first row
};

// The numbers of a column, and its other cells.
struct Cells {
  std::vector<double> values{};
  int64_t numbers = 0, others = 0;
  int64_t marks = 0;                              // how many others may be missing-value markers
  std::map<std::string, Odd, std::less<>> odd{};  // the first distinct texts that are not numbers
  std::map<std::string, Odd, std::less<>> huge{};
};

Cells cells_of(const CsvTable& t, int column) {
  constexpr size_t most = 1000;
  Cells c;
  c.values.reserve(static_cast<size_t>(t.rows()));
  const auto note = [&](auto& list, std::string_view cell, int64_t row) {
    const auto at = list.find(cell);
    if (at != list.end()) ++at->second.count;
    else if (list.size() < most) list.emplace(cell, Odd{1, row});
  };
  for (int64_t row = 0; row < t.rows(); ++row) {
    const std::string_view cell = t.cell(row, column);
    double v = no_value;
    if (!cell.empty() && !parse_number(cell, v)) {
      ++c.others;
      if (t.missing(row, column)) ++c.marks;
      else note(c.odd, cell, row);
    }
    c.numbers += !std::isnan(v);
    if (std::abs(v) >= too_large) note(c.huge, cell, row);
    c.values.push_back(v);
  }
  return c;
}

std::vector<std::pair<std::string, Odd>> in_order(
    const std::map<std::string, Odd, std::less<>>& m) {
  std::vector<std::pair<std::string, Odd>> all(m.begin(), m.end());
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.second.row < b.second.row; });
  return all;
}

// "abc" (line 5), "x" (line 9), ...
std::string shown(const CsvTable& t, const std::map<std::string, Odd, std::less<>>& cells) {
  const auto all = in_order(cells);
  std::string out;
  for (size_t i = 0; i < all.size() && i < 4; ++i)
    out += text({i ? ", " : "", "\"", printable(all[i].first, 30), "\" (line ",
                 t.line(all[i].second.row), ")"});
  return out + (all.size() > 4 ? ", ..." : "");
}

// "--missing a,b reads such cells as missing"; excludes texts meant as numbers.
std::string missing_words(const std::map<std::string, Odd, std::less<>>& cells) {
  std::string words;
  bool one_word_each = true;
  for (const auto& [word, odd] : in_order(cells)) {
    if (const std::string hint = number_hint(word); !hint.empty()) return hint;
    words += (words.empty() ? "" : ",") + word;
    one_word_each = one_word_each && word.find(',') == word.npos;
  }
  if (cells.size() > 4 || !one_word_each) return "expected numbers";
  return text({"--missing ", shell_word(words), " reads such cells as missing"});
}

// The same, and "--drop spend leaves the column out", unless the file is for a trained model.
std::string ways_out(const CsvTable& t, int column,
                     const std::map<std::string, Odd, std::less<>>& cells) {
  const std::string word = shell_word(t.columns()[static_cast<size_t>(column)]);
  return text({missing_words(cells), "; --drop ", word, " leaves the column out"});
}

void refuse_huge(const CsvTable& t, int column, const Cells& c, Faults& faults,
                 const std::string& way_out) {
  if (c.huge.empty()) return;
  int64_t count = 0;
  for (const auto& [word, odd] : c.huge) count += odd.count;
  faults.add(
      in_order(c.huge)[0].second.row, column,
      text({column_words(t, column), ": ", count, count == 1 ? " cell is" : " cells are",
            " too large for a measurement (1e30 or more): ", shown(t, c.huge), "; ", way_out}));
}

// `but`: the reason why they should be numbers.
std::string odd_words(const CsvTable& t, int column, const Cells& c, const char* but = "") {
  const bool one = c.others == 1;
  return text({column_words(t, column), ": ", c.others, " of ", c.numbers + c.others, " cells ",
               one ? "is not a number" : "are not numbers", but, ": ", shown(t, c.odd), "; "});
}

// `dates`: the column is known to contain dates, so missing-value markers count as such.
std::vector<std::string_view> cell_texts(const CsvTable& t, int column, bool dates = false) {
  std::vector<std::string_view> cells;
  for (int64_t row = 0; row < t.rows(); ++row) {
    const bool missing = dates && t.missing(row, column);
    cells.push_back(missing ? std::string_view{} : t.cell(row, column));
  }
  return cells;
}

// Cells that resemble numbers, if they are most of the column: "12%".
bool refuse_almost_numbers(const CsvTable& t, int column, const Cells& c, Faults& faults) {
  int64_t almost = 0;
  for (const auto& [word, odd] : c.odd)
    if (!number_hint(word).empty()) almost += odd.count;
  if (2 * almost <= c.others) return false;
  const auto all = in_order(c.odd);
  const auto first = std::find_if(all.begin(), all.end(),
                                  [](const auto& a) { return !number_hint(a.first).empty(); });
  const std::string name = shell_word(t.columns()[static_cast<size_t>(column)]);
  faults.add(first->second.row, column,
             text({column_words(t, column), ": ", almost,
                   almost == 1 ? " cell looks" : " cells look", " like a number, such as \"",
                   printable(first->first, 30), "\": ", number_hint(first->first), "; --as-text ",
                   name, " reads them as text; --drop ", name, " leaves the column out"}));
  return true;
}

// How often the text changes from row to row within a series.
size_t changes(const CsvTable& t, int column, int id) {
  size_t count = 1;
  for (int64_t row = 1; row < t.rows(); ++row)
    count += t.cell(row, column) != t.cell(row - 1, column) ||
             (id >= 0 && t.cell(row, id) != t.cell(row - 1, id));
  return count;
}

std::vector<double> numbered(const CsvTable& t, int column,
                             const std::vector<std::string>& categories) {
  const NameIndex index(categories);
  std::vector<double> values;
  for (int64_t row = 0; row < t.rows(); ++row) {
    // As written: NA may have been a category if the other cells were words.
    const auto found = index.find(t.written(row, column));
    const bool missing = t.cell(row, column).empty();
    values.push_back(found ? static_cast<double>(*found) : missing ? no_value : unknown_category);
  }
  return values;
}

// "12 kg", "7.5kg": numbers with the same unit.
void note_unit(const CsvTable& t, int column, const std::vector<std::string>& categories,
               std::vector<std::string>& notes) {
  std::string unit;
  for (const std::string& text : categories) {
    const size_t digits = std::min(text.find_first_not_of("+-.0123456789"), text.size());
    const size_t begin = std::min(text.find_first_not_of(' ', digits), text.size());
    double unused = 0;
    if (digits == 0 || begin == text.size() || !parse_number(text.substr(0, digits), unused))
      return;
    if (!unit.empty() && text.substr(begin) != unit) return;
    unit = text.substr(begin);
  }
  if (categories.size() >= 3)
    notes.push_back(
        text({column_words(t, column), ": \"", printable(categories[0], 30),
              "\" and others are numbers with a unit, read as ", categories.size(),
              " categories; without \"", printable(unit, 20), "\" they would be read as numbers"}));
}

FeatureColumn text_column(const CsvTable& t, int column, int id, bool wanted,
                          std::vector<std::string>& notes) {
  FeatureColumn f;
  f.categories = sorted_names(t, column);
  const size_t kinds = f.categories->size();
  f.left_out = !wanted && kinds > few_categories && 2 * kinds > changes(t, column, id);
  const std::string word = shell_word(t.columns()[static_cast<size_t>(column)]);
  if (!f.left_out) note_alike(t, column, *f.categories, "categories", notes);
  if (!f.left_out) note_unit(t, column, *f.categories, notes);
  if (f.left_out)
    notes.push_back(text({column_words(t, column), ": ", kinds,
                          " different texts, which rarely repeat; left out "
                          "(--as-text ",
                          word, " keeps it)"}));
  else f.values = numbered(t, column, *f.categories);
  return f;
}

void refuse_date(const CsvTable& t, int column, const DateFault& fault, Faults& faults) {
  faults.add(
      static_cast<int64_t>(fault.row), column,
      text({column_words(t, column), ": ", fault.what, "; --drop ",
            shell_word(t.columns()[static_cast<size_t>(column)]), " leaves the column out"}));
}

}  // namespace

void Faults::add(int64_t row, int column, const std::string& what) {
  all_.push_back(text({table_.name(), ":", table_.line(row), ":", column + 1, ": ", what}));
}

void Faults::raise() const {
  if (all_.empty()) return;
  if (all_.size() == 1) file_error({all_[0]});
  std::string lines;
  for (const std::string& one : all_) lines += "\n  " + one;
  file_error({table_.name(), ": ", all_.size(), " columns cannot be read:", lines});
}

namespace {

// The number of digits if all values may be dates written without separators, else 0: 202401,
// 20240129, 202401291030, 20240129103000.
int digits_of_dates(const std::vector<double>& values) {
  constexpr std::pair<int, double> forms[] = {{6, 1e0}, {8, 1e2}, {12, 1e6}, {14, 1e8}};
  for (const auto& [digits, day] : forms) {
    size_t known = 0;
    const bool all = std::all_of(values.begin(), values.end(), [&](double v) {
      if (std::isnan(v)) return true;
      ++known;
      return v == std::floor(v) && v >= 190001 * day && v < 210101 * day;
    });
    if (all && known > 0) return digits;
  }
  return 0;
}

// The column as dates if each cell is an existing one.
std::optional<FeatureColumn> dates_in_digits(const CsvTable& t, int column,
                                             const SeriesColumns& names,
                                             std::vector<std::string>& notes) {
  const auto read =
      read_dates(cell_texts(t, column, true), {.order = names.date_order, .digits = true});
  const DateColumn* dates = std::get_if<DateColumn>(&read);
  if (!dates) return {};
  notes.push_back(text({column_words(t, column), ": ", dates->about}));
  return FeatureColumn{.values = dates->values, .date = DateKind{dates->unit, dates->order}};
}

}  // namespace

FeatureColumn training_column(const CsvTable& t, int column, int id, const SeriesColumns& names,
                              Faults& faults, std::vector<std::string>& notes) {
  const std::string& name = t.columns()[static_cast<size_t>(column)];
  if (std::find(names.text.begin(), names.text.end(), name) != names.text.end())
    return text_column(t, column, id, true, notes);
  Cells c = cells_of(t, column);
  if (c.others == c.marks) {
    refuse_huge(t, column, c, faults, ways_out(t, column, c.huge));
    // Numbers of six digits, such as prices, may be months by chance.
    if (digits_of_dates(c.values) >= 8)
      if (std::optional<FeatureColumn> dates = dates_in_digits(t, column, names, notes))
        return *std::move(dates);
    return {.values = std::move(c.values)};
  }
  if (c.numbers >= c.others) {
    faults.add(in_order(c.odd)[0].second.row, column,
               odd_words(t, column, c) + ways_out(t, column, c.odd) +
                   text({"; --as-text ", shell_word(name), " reads all of it as text"}));
    return {};
  }
  const auto read = read_dates(cell_texts(t, column), {.order = names.date_order});
  if (const DateColumn* dates = std::get_if<DateColumn>(&read)) {
    notes.push_back(text({column_words(t, column), ": ", dates->about}));
    return {.values = dates->values, .date = DateKind{dates->unit, dates->order}};
  }
  const DateFault& fault = std::get<DateFault>(read);
  if (fault.kind == DateFault::Kind::not_dates)
    return refuse_almost_numbers(t, column, c, faults) ? FeatureColumn{}
                                                       : text_column(t, column, id, false, notes);
  refuse_date(t, column, fault, faults);
  return {};
}

namespace {

void note_unknown(const CsvTable& t, int column, const std::vector<double>& values,
                  std::vector<std::string>& notes) {
  std::map<std::string, int64_t> seen;
  int64_t count = 0;
  for (int64_t row = 0; row < t.rows(); ++row)
    if (values[static_cast<size_t>(row)] == unknown_category) {
      ++count;
      ++seen[std::string(t.cell(row, column))];
    }
  if (count == 0) return;
  std::string list;
  size_t shown = 0;
  for (const auto& [word, n] : seen)
    if (++shown <= 5) list += text({shown > 1 ? ", " : "", printable(word, 30), " ", n});
  notes.push_back(
      text({column_words(t, column), ": ", count,
            count == 1 ? " cell contains a text" : " cells contain texts", " unseen in training (",
            list, shown > 5 ? ", ..." : "", "); read as no category"}));
}

}  // namespace

std::vector<double> matching_column(const CsvTable& t, int column, const SeriesSet& training,
                                    size_t feature, const SeriesColumns& names, Faults& faults,
                                    std::vector<std::string>& notes) {
  if (const auto text = training.categories.find(feature); text != training.categories.end()) {
    std::vector<double> values = numbered(t, column, text->second);
    note_unknown(t, column, values, notes);
    return values;
  }
  if (const auto date = training.dates.find(feature); date != training.dates.end()) {
    const auto read = read_dates(cell_texts(t, column, true),
                                 {.order = names.date_order,
                                  .fallback = date->second.order,
                                  .unit = date->second.unit,
                                  .digits = digits_of_dates(cells_of(t, column).values) > 0});
    if (const DateColumn* dates = std::get_if<DateColumn>(&read)) return dates->values;
    refuse_date(t, column, std::get<DateFault>(read), faults);
    return {};
  }
  Cells c = cells_of(t, column);
  if (c.others > c.marks)
    faults.add(in_order(c.odd)[0].second.row, column,
               odd_words(t, column, c, ", but training read numbers here") + missing_words(c.odd));
  refuse_huge(t, column, c, faults, missing_words(c.huge));
  return std::move(c.values);
}

namespace {

constexpr const char* times_are = "times are numbers or dates";

void refuse_times(const CsvTable& t, int column, const Cells& c, const DateFault& fault,
                  bool trained, Faults& faults) {
  const bool not_dates = fault.kind == DateFault::Kind::not_dates;
  // If most are numbers, the others are errors.
  if (not_dates && c.numbers > c.others && !c.odd.empty() && !trained)
    return faults.add(in_order(c.odd)[0].second.row, column, odd_words(t, column, c) + times_are);
  faults.add(static_cast<int64_t>(fault.row), column,
             text({column_words(t, column), ": ", fault.what,
                   trained ? "; times were dates in training" : "; times are numbers or dates",
                   not_dates && !trained ? "; --time none reads the rows as steps in order" : ""}));
}

}  // namespace

TimeColumn time_column(const CsvTable& t, int column, const SeriesColumns& names,
                       const SeriesSet* known, Faults& faults, std::vector<std::string>& notes) {
  const DateKind* dated = known && known->time_dates ? &*known->time_dates : nullptr;
  for (int64_t row = 0; row < t.rows(); ++row)
    if (t.missing(row, column)) {
      faults.add(row, column,
                 text({column_words(t, column), " is empty; expected the time of this step"}));
      return {};
    }
  Cells c = cells_of(t, column);
  DateOptions options{.order = names.date_order};
  if (dated) {
    options.fallback = dated->order;
    options.unit = dated->unit;
  }
  options.digits = c.others == 0 && digits_of_dates(c.values) > 0;
  const bool numbers = c.others == 0 && !dated;
  if (numbers && (known || !options.digits)) {
    refuse_huge(t, column, c, faults, times_are);
    return {.values = std::move(c.values)};
  }
  if (known && !dated) {
    faults.add(in_order(c.odd)[0].second.row, column,
               odd_words(t, column, c, ", but times were numbers in training"));
    return {};
  }
  const auto read = read_dates(cell_texts(t, column), options);
  if (const DateColumn* dates = std::get_if<DateColumn>(&read)) {
    notes.push_back(text({column_words(t, column), ": ", dates->about}));
    return {.values = dates->values, .date = DateKind{dates->unit, dates->order}};
  }
  if (numbers) return {.values = std::move(c.values)};
  refuse_times(t, column, c, std::get<DateFault>(read), known != nullptr, faults);
  return {};
}

}  // namespace gradus
