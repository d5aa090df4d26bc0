// SPDX-License-Identifier: MIT
// What a table of series holds, and what is odd about it, before anything is trained on it.
// Next: data/ts_file.h
#pragma once
#include "gradus/data/series_range.h"

namespace gradus {

struct FeatureReport {
  std::string name;
  int64_t missing = 0;                    // empty cells
  std::vector<int64_t> lines;             // of the first ones
  bool constant = false;                  // never another value; empty everywhere counts, too
  double value = 0;                       // where it is constant: NaN if it is empty everywhere
  bool id_like = false;                   // another whole number in each row, or in each series
  std::vector<std::string> categories{};  // of a text
};

/// One report a feature. Id-like takes 20 rows or more: then a column of different whole numbers,
/// in rising order or of which each stays the same within a series, is a name and no measurement.
std::vector<FeatureReport> feature_reports(const CsvTable& table, const SeriesSet& set);

/// "6 steps", "5 to 8 steps".
std::string steps_text(int64_t low, int64_t high);

/// A line for each note.
std::string notes_text(const std::vector<std::string>& notes);

/// Of a file for a trained model: columns that are ignored, and the notes.
std::string new_file_text(const SeriesSet& set);

/// For people: rows, series, lengths, columns, classes with counts, and a line for each thing that
/// was filled, left out, or should be looked at, with line numbers; where the same is true of more
/// than ten columns, ten are listed and the others counted. No line ends in a blank. `training`: of
/// other files it is not told what is left out, since that was decided in training.
std::string series_report(const CsvTable& table, const SeriesSet& set,
                          const SeriesColumns& columns = {}, bool training = true);

}  // namespace gradus
