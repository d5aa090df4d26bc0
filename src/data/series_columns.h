// SPDX-License-Identifier: MIT
// The cells of a column as numbers: numbers themselves, dates, or categories of text.
#pragma once
#include <unordered_map>

#include "gradus/data/series.h"

namespace gradus {

/// All that is wrong with the columns of a table, so that one message can tell it.
class Faults {
 public:
  explicit Faults(const CsvTable& table) : table_(table) {}
  void add(int64_t row, int column, const std::string& what);
  /// Throws std::runtime_error where there is any.
  void raise() const;

 private:
  const CsvTable& table_;
  std::vector<std::string> all_;
};

/// Names by their text, or else by their number: "1.0" finds "1".
class NameIndex {
 public:
  NameIndex() = default;
  explicit NameIndex(const std::vector<std::string>& names);
  std::optional<int64_t> find(std::string_view name) const;

 private:
  std::unordered_map<std::string, int64_t> by_text_;
  std::map<double, int64_t> by_number_;
};

/// Different names, sorted: numbers by their value where all are numbers, and one name for each
/// value; else as text.
std::vector<std::string> sorted_names(const CsvTable& table, int column);

/// A feature, row by row; NaN where a cell is empty.
struct FeatureColumn {
  std::vector<double> values{};
  std::optional<std::vector<std::string>> categories{};  // where it is text
  std::optional<DateKind> date{};
  bool left_out = false;
};

/// Of a training table; `id` is the column of ids, or -1. What was decided goes to the notes.
FeatureColumn training_column(const CsvTable& table, int column, int id,
                              const SeriesColumns& columns, Faults& faults,
                              std::vector<std::string>& notes);
/// Of another table, as training read the feature.
std::vector<double> matching_column(const CsvTable& table, int column, const SeriesSet& training,
                                    size_t feature, const SeriesColumns& columns, Faults& faults,
                                    std::vector<std::string>& notes);

/// Times, row by row; `known`: how training read them, or null.
struct TimeColumn {
  std::vector<double> values{};
  std::optional<DateKind> date{};
};
TimeColumn time_column(const CsvTable& table, int column, const SeriesColumns& columns,
                       const SeriesSet* known, Faults& faults, std::vector<std::string>& notes);

}  // namespace gradus
