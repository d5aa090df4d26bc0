// SPDX-License-Identifier: MIT
// Series with labels, from a long table: one row a step, rows of one id are one series.
// Next: data/series_scale.h
#pragma once
#include <string>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/data/csv.h"

namespace gradus {

/// Which columns of a table mean what; all others are features.
struct SeriesColumns {
  std::string id = "id", time = "time", label = "label";
  std::vector<std::string> drop{};  // columns that are left out
};

struct Series {
  std::string id;
  int64_t line = 0;            // where it begins in its file
  std::vector<double> times;   // strictly increasing
  std::vector<double> values;  // T x F, row-major; NaN where the cell was empty
  int64_t label = 0;           // a class number, or -1 where it is not known
  int64_t length() const { return static_cast<int64_t>(times.size()); }
};

struct SeriesSet {
  std::vector<std::string> features, classes;
  std::vector<Series> series;
  int64_t missing = 0;               // empty cells
  bool plain = false;                // one row is one series: the table has no id and no time
  std::vector<std::string> ignored;  // columns of this file that training did not know

  int64_t size() const { return static_cast<int64_t>(series.size()); }
  std::vector<int64_t> lengths() const;
  /// How many series each class has.
  std::vector<int64_t> class_counts() const;
};

/// The series of a training table, in the order of their first rows. Classes are the different
/// labels: in the order of their numbers where all are numbers, else of their text. A table with
/// neither id nor time column is one series of length 1 a row.
/// Throws std::runtime_error with file, line and column: no label column, no features, only one
/// of id and time, a column to drop that is not there, a cell that is no number, an empty id, time
/// or label, a time that does not increase within its series, a label that changes within one, no
/// rows.
SeriesSet training_series(const CsvTable& table, const SeriesColumns& columns = {});

/// The series of another table, with the features and classes of training: columns by their
/// names, in any order; a feature that is missing and a label that training did not see throw.
SeriesSet matching_series(const CsvTable& table, const SeriesSet& training,
                          const SeriesColumns& columns = {});
/// The same where labels are not known: a label column is left unread, each label is -1.
SeriesSet unlabelled_series(const CsvTable& table, const SeriesSet& training,
                            const SeriesColumns& columns = {});

/// A part of the series, drawn by `gen`, taken out of `set` and returned: of each class `fraction`,
/// rounded, and at least one where the class has two or more. Throws std::invalid_argument unless
/// 0 < fraction < 1.
SeriesSet take_out(SeriesSet& set, double fraction, Generator& gen);

/// Which of `folds` parts each series belongs to, drawn by `gen`: parts are of equal size but for
/// one, and of each class but for one. Throws std::invalid_argument unless 2 <= folds <= size().
std::vector<int64_t> stratified_folds(const SeriesSet& set, int64_t folds, Generator& gen);
/// The series that are chosen, in their order; `missing` is theirs.
SeriesSet chosen_series(const SeriesSet& set, const std::vector<bool>& chosen);

}  // namespace gradus
