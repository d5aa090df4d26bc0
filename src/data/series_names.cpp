// SPDX-License-Identifier: MIT
// Finds and compares names of classes and categories.
#include "data/series_names.h"

#include <algorithm>
#include <set>

#include "data/series_roles.h"
#include "data/unicode.h"

namespace gradus {

NameIndex::NameIndex(const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    double v = 0;
    by_text_.emplace(names[i], static_cast<int64_t>(i));
    if (parse_number(names[i], v)) by_number_.emplace(v, static_cast<int64_t>(i));
  }
}

std::optional<int64_t> NameIndex::find(std::string_view name) const {
  double v = 0;
  if (const auto at = by_text_.find(std::string(name)); at != by_text_.end()) return at->second;
  if (!parse_number(name, v)) return {};
  const auto at = by_number_.find(v);
  return at == by_number_.end() ? std::optional<int64_t>() : at->second;
}

std::vector<std::string> sorted_names(const CsvTable& t, int column) {
  std::set<std::string, std::less<>> texts;
  std::map<double, std::string> numbers;  // each with its shortest text
  for (int64_t row = 0; row < t.rows(); ++row) {
    const std::string_view cell = t.cell(row, column);
    double v = 0;
    if (cell.empty()) continue;
    if (!parse_number(cell, v)) {
      if (!texts.contains(cell)) texts.emplace(cell);
      continue;
    }
    std::string& name = numbers[v];
    if (name.empty() || cell.size() < name.size()) name = cell;
  }
  std::vector<std::string> all;
  for (const auto& [v, name] : numbers) all.push_back(name);
  all.insert(all.end(), texts.begin(), texts.end());
  if (!texts.empty()) std::sort(all.begin(), all.end());
  return all;
}

ClassIndex::ClassIndex(const std::vector<std::string>& classes)
    : NameIndex(classes), classes_(classes) {}

std::optional<int64_t> ClassIndex::alike(std::string_view label) const {
  std::optional<int64_t> found;
  for (size_t c = 0; c < classes_.size(); ++c) {
    if (!unicode::same_word(label, classes_[c])) continue;
    if (found) return {};
    found = static_cast<int64_t>(c);
  }
  if (found || classes_.size() != 2) return found;
  for (const auto& [word, digit] : {std::pair("false", "0"), std::pair("true", "1")}) {
    if (unicode::same_word(label, word)) return find(digit);
    for (int64_t c = 0; c < 2 && same_name(label, digit); ++c)
      if (unicode::same_word(classes_[static_cast<size_t>(c)], word)) return c;
  }
  return {};
}

bool same_name(std::string_view a, std::string_view b) {
  double x = 0, y = 0;
  return a == b || (parse_number(a, x) && parse_number(b, y) && x == y);
}

std::string listed(const std::vector<std::string>& names) {
  constexpr size_t most = 8;
  std::string all;
  for (size_t i = 0; i < std::min(names.size(), most); ++i)
    all += (i ? ", " : "") + printable(names[i], 30);
  return all + (names.size() > most ? ", ..." : "");
}

void note_alike(const CsvTable& t, int column, const std::vector<std::string>& names,
                const char* kind, std::vector<std::string>& notes) {
  constexpr size_t most = 1000;  // pairs of more names take long
  if (names.size() > most) return;
  std::string twins;
  for (size_t i = 0; i < names.size(); ++i)
    for (size_t k = i + 1; k < names.size() && twins.size() < 100; ++k)
      if (unicode::same_word(names[i], names[k]))
        twins += text({twins.empty() ? "" : ", ", "\"", printable(names[i], 30), "\" and \"",
                       printable(names[k], 30), "\""});
  if (!twins.empty())
    notes.push_back(text({column_words(t, column), ": ", twins, " differ only in case or blanks ",
                          "and are different ", kind}));
}

}  // namespace gradus
