// SPDX-License-Identifier: MIT
// The cells of a column as numbers: plain numbers, dates, or categories of text.
#pragma once
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
