// SPDX-License-Identifier: MIT
// Detects separators, headers and decimal marks; an option can override each.
#include "data/csv_dialect.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "data/date_cell.h"
#include "gradus/data/csv.h"

namespace gradus {
namespace {

constexpr std::array<char, 4> candidates = {';', '\t', '|', ','};
using Counts = std::array<size_t, candidates.size()>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The first lines of the table; a line end in quotes does not end a line.
std::vector<std::string_view> first_lines(std::string_view text) {
  constexpr size_t most_lines = 50, most_bytes = 4 << 20;
  std::vector<std::string_view> lines;
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size() && lines.size() < most_lines && i < most_bytes; ++i) {
    if (i < text.size() && text[i] == '"') {
      const bool opens = i == begin || std::string_view(" ,;|\t").find(text[i - 1]) != text.npos;
      quoted = !quoted && opens;
    }
    const bool ends = i == text.size() || text[i] == '\n' || text[i] == '\r';
    if (!ends || (quoted && i < text.size())) continue;
    const std::string_view line = text.substr(begin, i - begin);
    if (line.find_first_not_of(" \t") != line.npos && line[0] != '#') lines.push_back(line);
    begin = i + 1;
  }
  return lines;
}

// The count of each candidate in a line, outside of quotes.
Counts counts_in(std::string_view line) {
  Counts counts{};
  bool quoted = false;
  for (char c : line) {
    if (c == '"') quoted = !quoted;
    for (size_t k = 0; k < candidates.size(); ++k) counts[k] += !quoted && c == candidates[k];
  }
  return counts;
}

// Whether each comma between these separators is part of a number.
bool commas_are_decimal(const std::vector<std::string_view>& lines, char separator) {
  for (std::string_view line : lines)
    for (size_t begin = 0; begin <= line.size();) {
      const size_t end = std::min(line.find(separator, begin), line.size());
      std::string_view cell = line.substr(begin, end - begin);
      while (cell.ends_with(' ')) cell.remove_suffix(1);
      while (cell.starts_with(' ')) cell.remove_prefix(1);
      if (cell.find(',') != cell.npos && !cell.starts_with('"') && !has_decimal(cell, ','))
        return false;
      begin = end + 1;
    }
  return true;
}

// Words between blanks; a text in quotes is one word.
size_t words_in(std::string_view line) {
  size_t words = 0;
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    words += !quoted && line[i] != ' ' && (i == 0 || line[i - 1] == ' ');
    if (line[i] == '"') quoted = !quoted;
  }
  return words;
}

// The name of a row, as R writes it: in quotes, or a number.
bool starts_with_name(std::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  return begin != line.npos && (line[begin] == '"' || is_digit(line[begin]));
}

// Whether each line has the same number of words, two or more; the first line may have one word
// fewer if the others start with the names of rows.
bool blanks_agree(const std::vector<std::string_view>& lines) {
  if (lines.size() < 2) return false;
  const size_t header = words_in(lines[0]), words = words_in(lines[1]);
  const bool named = words == header + 1;
  return words > 1 && (words == header || named) &&
         std::all_of(lines.begin() + 1, lines.end(), [&](std::string_view line) {
           return words_in(line) == words && (!named || starts_with_name(line));
         });
}

}  // namespace

char found_separator(std::string_view text) {
  const std::vector<std::string_view> lines = first_lines(text);
  if (lines.empty()) return ',';
  const Counts header = counts_in(lines[0]);
  Counts agreeing{};
  for (size_t i = 1; i < lines.size(); ++i) {
    const Counts row = counts_in(lines[i]);
    for (size_t k = 0; k < candidates.size(); ++k) agreeing[k] += row[k] == header[k];
  }
  size_t best = candidates.size() - 1;
  for (size_t k = 0; k + 1 < candidates.size(); ++k) {
    if (header[k] == 0) continue;
    if (header[best] == 0 || agreeing[k] > agreeing[best]) best = k;
    else if (agreeing[k] < agreeing[best]) continue;
    else if (candidates[best] != ',') best = header[k] > header[best] ? k : best;
    else if (commas_are_decimal(lines, candidates[k]) || header[k] > header[best]) best = k;
  }
  return header[best] == 0 && blanks_agree(lines) ? ' ' : candidates[best];
}

std::string separator_name(char separator) {
  if (separator == '\t') return "tab";
  if (separator == ' ') return "blanks";
  return separator == ',' ? "comma" : std::string(1, separator);
}

std::optional<char> declared_separator(std::string_view text, size_t& length) {
  const size_t end = std::min(text.find_first_of("\r\n"), text.size());
  std::string_view line = text.substr(0, end);
  if (line.size() > 1 && line.starts_with('"') && line.ends_with('"'))
    line = line.substr(1, line.size() - 2);
  if (line.size() != 5 || !(line.starts_with("sep=") || line.starts_with("SEP="))) return {};
  length = end + (text.substr(end).starts_with("\r\n") ? 2 : end < text.size());
  return line[4];
}

// ---- the header
namespace {

enum class CellKind { empty, number, date, word };

CellKind kind_of(std::string_view cell) {
  double unused = 0;
  if (cell.empty() || is_usual_missing(cell)) return CellKind::empty;
  if (parse_number(cell, unused) || has_decimal(cell, ',')) return CellKind::number;
  return dates::read_cell(cell, false).layout == dates::Layout::none ? CellKind::word
                                                                     : CellKind::date;
}

// Equally spaced rising numbers are column names: 0, 1, 2, ... or 400.5, 401, 401.5, ...
bool is_count(const std::vector<double>& names) {
  if (names.size() < 2) return false;
  const double step = names[1] - names[0];
  for (size_t i = 1; i < names.size(); ++i)
    if (!(std::abs(names[i] - names[i - 1] - step) <= 1e-6 * step)) return false;
  return step == 1 || (step > 0 && names.size() > 2);
}

// The cells below a cell of the first record.
struct Under {
  size_t numbers = 0, dates = 0, words = 0, same = 0;
  size_t filled() const { return numbers + dates + words; }
};

Under under(const CsvRecords& r, size_t place) {
  Under u;
  const size_t enough = std::clamp<size_t>(200000 / r.width(0), 5, 200);
  for (size_t i = 1; i < std::min(r.count(), enough); ++i) {
    if (place >= r.width(i)) continue;
    const std::string_view cell = r.cell(i, place);
    const CellKind kind = kind_of(cell);
    u.numbers += kind == CellKind::number;
    u.dates += kind == CellKind::date;
    u.words += kind == CellKind::word;
    u.same += cell == r.cell(0, place);
  }
  return u;
}

}  // namespace

bool looks_like_data(const CsvRecords& r) {
  size_t like_data = 0, repeated = 0;
  std::vector<double> numbers;
  std::set<std::string_view> names;
  for (size_t c = 0; c < r.width(0); ++c) {
    const std::string_view name = r.cell(0, c);
    const CellKind kind = kind_of(name);
    const Under u = kind == CellKind::empty ? Under{} : under(r, c);
    if (u.filled() == 0) continue;
    if (kind == CellKind::word && 2 * u.words < u.filled()) return false;  // a name over numbers
    if (kind == CellKind::date && u.numbers == u.filled()) return false;
    like_data +=
        (kind == CellKind::number && u.numbers > 0) || (kind == CellKind::date && u.dates > 0);
    repeated += kind == CellKind::word && u.same > 0;
    double v = 0;
    if (parse_number(name, v)) numbers.push_back(v);
    names.insert(name);
  }
  if (like_data == 0) return repeated > 0 && 2 * repeated >= r.width(0);
  const bool counted = is_count(numbers) && numbers.size() >= like_data && repeated == 0;
  return !counted || names.size() < numbers.size();
}

// ---- decimal marks

bool has_decimal(std::string_view s, char mark) {
  if (s.starts_with('-') || s.starts_with('+')) s.remove_prefix(1);
  size_t i = 0, before = 0, after = 0;
  while (i < s.size() && is_digit(s[i])) {
    ++i;
    ++before;
  }
  if (i == s.size() || s[i] != mark) return false;
  for (++i; i < s.size() && is_digit(s[i]); ++i) ++after;
  if (before + after == 0) return false;
  if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
    i += 1 + (i + 1 < s.size() && (s[i + 1] == '-' || s[i + 1] == '+'));
    if (i == s.size()) return false;
    while (i < s.size() && is_digit(s[i])) ++i;
  }
  return i == s.size();
}

bool may_be_thousands(std::string_view s) {
  if (s.starts_with('-') || s.starts_with('+')) s.remove_prefix(1);
  const size_t comma = s.find(',');
  return comma >= 1 && comma <= 3 && s.size() == comma + 4 && s[0] != '0';
}

}  // namespace gradus
