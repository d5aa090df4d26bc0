// SPDX-License-Identifier: MIT
// Formats tables as text and as CSV.
#include "tools/draw/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gradus/base/error.h"

namespace gradus::tools {

std::string cell_text(const Table::Cell& cell, const Table::Column& column) {
  if (!cell.words.empty()) return cell.words;
  if (!std::isfinite(cell.value)) return "-";
  char out[64];
  std::snprintf(out, sizeof out, column.brief ? "%.*g" : "%.*f", column.digits, cell.value);
  const bool vanished =
      !column.brief && cell.value != 0 && std::abs(cell.value) < 0.5 * std::pow(10, -column.digits);
  if (vanished)
    std::snprintf(out, sizeof out, "%.1g", cell.value);  // a small value is not shown as 0.00
  return out;
}

size_t characters(const std::string& words) {
  return static_cast<size_t>(std::count_if(words.begin(), words.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string table_text(const Table& table) {
  std::vector<std::vector<std::string>> lines(1);
  std::vector<bool> words(table.columns.size());
  for (const Table::Column& c : table.columns) lines[0].push_back(c.name);
  for (const auto& row : table.rows) {
    lines.emplace_back();
    for (size_t c = 0; c < row.size(); ++c) {
      lines.back().push_back(cell_text(row[c], table.columns[c]));
      words[c] = words[c] || !row[c].words.empty();
    }
  }
  std::vector<size_t> widths(table.columns.size());
  for (const auto& line : lines)
    for (size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], characters(line[c]));
  std::string out = table.title.empty() ? "" : table.title + "\n";
  for (const auto& line : lines) {
    std::string row;
    for (size_t c = 0; c < line.size(); ++c) {
      const std::string blanks(widths[c] - characters(line[c]), ' ');
      if (c) row += "  ";
      row += words[c] ? line[c] + blanks : blanks + line[c];
    }
    out += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  const size_t first = digits.starts_with('-') ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string csv_cell(const std::string& s) {
  if (s.find_first_of(",\"\r\n") == s.npos && !s.starts_with(' ') && !s.ends_with(' ')) return s;
  std::string out(1, '"');
  for (char c : s) out.append(c == '"' ? 2 : 1, c);
  out += '"';
  return out;
}

std::string csv_text(const Table& table) {
  std::string out;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (c) out += ',';
    out += csv_cell(table.columns[c].name);
  }
  out += "\n";
  for (const auto& row : table.rows) {
    for (size_t c = 0; c < row.size(); ++c) {
      if (c) out += ',';
      if (!row[c].words.empty()) out += csv_cell(row[c].words);
      else if (std::isfinite(row[c].value)) out += text({row[c].value});
    }
    out += "\n";
  }
  return out;
}

}  // namespace gradus::tools
