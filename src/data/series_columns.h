// SPDX-License-Identifier: MIT
// The cells of a column as numbers: plain numbers, dates, or categories of text.
#pragma once
#include <unordered_map>

#include "gradus/data/series.h"

namespace gradus {

/// Collects all problems with the columns of a table for a single message.
class Faults {
 public:
  explicit Faults(const CsvTable& table) : table_(table) {}
  void add(int64_t row, int column, const std::string& what);
  /// Throws std::runtime_error if there are any.
  void raise() const;

 private:
  const CsvTable& table_;
  std::vector<std::string> all_;
};

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

/// Distinct names, sorted: by value, with one name per value, if all are numbers; else as text.
std::vector<std::string> sorted_names(const CsvTable& table, int column);

/// A feature, row by row; NaN for empty cells.
struct FeatureColumn {
  std::vector<double> values{};
  std::optional<std::vector<std::string>> categories{};  // if it is text
  std::optional<DateKind> date{};
  bool left_out = false;
};

/// For a training table; `id` is the column of ids, or -1. Decisions are added to the notes.
FeatureColumn training_column(const CsvTable& table, int column, int id,
                              const SeriesColumns& columns, Faults& faults,
                              std::vector<std::string>& notes);
/// For another table, reading the feature as in training.
std::vector<double> matching_column(const CsvTable& table, int column, const SeriesSet& training,
                                    size_t feature, const SeriesColumns& columns, Faults& faults,
                                    std::vector<std::string>& notes);

/// Times, row by row; `known`: how they were read in training, or null.
struct TimeColumn {
  std::vector<double> values{};
  std::optional<DateKind> date{};
};
TimeColumn time_column(const CsvTable& table, int column, const SeriesColumns& columns,
                       const SeriesSet* known, Faults& faults, std::vector<std::string>& notes);

}  // namespace gradus
