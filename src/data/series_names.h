// SPDX-License-Identifier: MIT
// The names in a column: classes, categories.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gradus/data/csv.h"

namespace gradus {

/// Looks up names by text, or else by number: "1.0" finds "1".
class NameIndex {
 public:
  NameIndex() = default;
  explicit NameIndex(const std::vector<std::string>& names);
  std::optional<int64_t> find(std::string_view name) const;

 private:
  std::unordered_map<std::string, int64_t> by_text_;
  std::map<double, int64_t> by_number_;
};

/// The classes of a training set.
class ClassIndex : public NameIndex {
 public:
  explicit ClassIndex(const std::vector<std::string>& classes);
  /// The only class that differs just in case, as when one file has True and another true, or when
  /// 0 and 1 are written as false and true.
  std::optional<int64_t> alike(std::string_view label) const;

 private:
  const std::vector<std::string>& classes_;
};

/// Whether two labels are equal as text or as numbers.
bool same_name(std::string_view a, std::string_view b);

/// Distinct names, sorted: by value, with one name per value, if all are numbers; else as text.
std::vector<std::string> sorted_names(const CsvTable& table, int column);

/// The first names, for a message.
std::string listed(const std::vector<std::string>& names);

/// Adds a note if some names differ only in case or blanks. `kind`: "classes", "categories".
void note_alike(const CsvTable& table, int column, const std::vector<std::string>& names,
                const char* kind, std::vector<std::string>& notes);

}  // namespace gradus
