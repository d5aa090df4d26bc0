// SPDX-License-Identifier: MIT
// Reports the contents of a table of series, and anything unusual, before training.
// Next: data/ts_file.h
#pragma once
#include "gradus/data/series_range.h"

namespace gradus {

struct FeatureReport {
  std::string name;
  int64_t missing = 0;                    // empty cells
  std::vector<int64_t> lines;             // lines of the first empty cells
  bool constant = false;                  // a single value, or empty everywhere
  double value = 0;                       // if constant; NaN if empty everywhere
  bool id_like = false;                   // a distinct integer in each row, or in each series
  std::vector<std::string> categories{};  // categories of a text feature
};

/// One report per feature. With 20 rows or more, a column of distinct integers that rise, or that
/// are constant within each series, is id-like: an identifier rather than a measurement.
std::vector<FeatureReport> feature_reports(const CsvTable& table, const SeriesSet& set);

/// "6 steps", "5 to 8 steps".
std::string steps_text(int64_t low, int64_t high);

/// The notes, one per line.
std::string notes_text(const std::vector<std::string>& notes);

/// For a file given to a trained model: the ignored columns, and the notes.
std::string new_file_text(const SeriesSet& set);

/// A readable report: rows, series, lengths, columns, classes with counts, and one line, with line
/// numbers, for everything that was filled, left out, or needs attention. If a remark applies to
/// more than ten columns, lists ten and counts the others. No line ends in a blank. With `training`
/// false, omits which columns are left out, since training decided that.
std::string series_report(const CsvTable& table, const SeriesSet& set,
                          const SeriesColumns& columns = {}, bool training = true);

}  // namespace gradus
