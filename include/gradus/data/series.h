// SPDX-License-Identifier: MIT
// Series with labels, from a long table: one row a step, rows of one id are one series.
// Next: data/series_parts.h
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gradus/data/csv.h"
#include "gradus/data/date_time.h"

namespace gradus {

/// What happens to several rows of one series with the same time. Exact copies are always read
/// once. `mean` takes the mean of numbers and the last text.
enum class Duplicates { refuse, first, last, mean };

/// Which columns of a table mean what, and how they are read; all other columns are features.
struct SeriesColumns {
  /// id "none": the whole table is one series. time "none": rows are steps in their order.
  std::string id = "id", time = "time", label = "label";
  std::vector<std::string> drop{};  // columns that are left out
  std::vector<std::string> text{};  // columns that are categories even where they hold numbers
  DateOrder date_order = DateOrder::automatic;
  Duplicates duplicates = Duplicates::refuse;
  bool skip_unlabelled = false;  // series without a label are left out, else refused
  bool strict = false;           // a label that training did not see is refused, else counted
};

/// Cells of text that training did not see, or none at all.
inline constexpr double unknown_category = -1;
/// A label of the file that training did not see.
inline constexpr int64_t unknown_class = -2;

/// How the dates of a column count, so that other files are read alike.
struct DateKind {
  TimeUnit unit = TimeUnit::days;
  DateOrder order = DateOrder::automatic;
};

struct Series {
  std::string id;
  std::vector<int64_t> lines{};  // of each step in its file; empty where there is none
  std::vector<double> times;     // strictly increasing
  /// T x F, row-major: numbers, dates in their unit, of text the number of the category (or
  /// unknown_category); NaN where the cell was empty.
  std::vector<double> values;
  int64_t label = 0;  // the number of a class; -1 where it is not known, or unknown_class
  int64_t length() const { return static_cast<int64_t>(times.size()); }
  /// Where it begins in its file; 0 where there is none.
  int64_t line() const { return lines.empty() ? 0 : lines[0]; }
};

struct SeriesSet {
  std::vector<std::string> features, classes;
  std::map<size_t, std::vector<std::string>> categories{};  // of each feature that is text
  std::map<size_t, DateKind> dates{};                       // of each feature that is a date
  std::optional<DateKind> time_dates{};                     // where times are dates
  std::vector<Series> series;
  int64_t missing = 0;                  // empty cells
  bool plain = false;                   // one row is one series: the table has no time column
  std::vector<std::string> ignored{};   // columns of this file that training did not know
  std::vector<std::string> left_out{};  // text columns with too many different texts
  std::vector<std::string> notes{};  // what was decided or repaired while reading, a sentence each

  int64_t size() const { return static_cast<int64_t>(series.size()); }
  std::vector<int64_t> lengths() const;
  /// How many series each class has.
  std::vector<int64_t> class_counts() const;
  /// The same columns and classes, and no series.
  SeriesSet without_series() const;
  bool is_text(size_t feature) const { return categories.contains(feature); }
  /// A number is what is neither text nor a date: what can be forecast.
  bool is_number(size_t feature) const { return !is_text(feature) && !dates.contains(feature); }
  /// A time as the file has it: a number, or a date.
  std::string time_text(double time) const;
};

/// The series of a training table, in the order of their first rows.
///   classes   the different labels: in the order of their numbers where all are numbers ("1" and
///             "1.0" are one class), else of their text; rows without a label take that of their
///             series
///   features  numbers; dates (data/date_time.h); else texts, whose categories are sorted. A text
///             column of more than 20 categories that hardly ever repeat is left out.
/// Rows of a series may stand anywhere and are sorted by time. A table without a time column is
/// one series of length 1 a row.
/// Throws std::runtime_error with file, line and column: no label column, no features, a column to
/// drop that is not there, an empty id or time, two rows of one time that differ, a label that
/// changes within its series or is missing, no rows; and, all of them at once: columns that are
/// mostly numbers or dates with other texts among them, dates of which the order is not clear,
/// numbers of 1e30 or more, which are marks of missing values.
SeriesSet training_series(const CsvTable& table, const SeriesColumns& columns = {});

/// The series of another table, with the features, categories and classes of training: columns by
/// their names, in any order. Texts that training did not see are unknown_category, labels that it
/// did not see unknown_class; both are counted in the notes. A feature that is missing throws.
SeriesSet matching_series(const CsvTable& table, const SeriesSet& training,
                          const SeriesColumns& columns = {});
/// The same where labels are not known: a label column is left unread, each label is -1.
SeriesSet unlabelled_series(const CsvTable& table, const SeriesSet& training,
                            const SeriesColumns& columns = {});
/// A training table for forecasts: like training_series(), but a label column is left out, and all
/// series are of one class without a name.
SeriesSet forecast_series(const CsvTable& table, const SeriesColumns& columns = {});
/// The same of another table.
SeriesSet matching_forecast_series(const CsvTable& table, const SeriesSet& training,
                                   const SeriesColumns& columns = {});

/// Empty where the labels can be classes; else why they look like numbers to be predicted, which
/// is regression: more than 20 different numbers with decimals (or more than one for each five
/// series), more than 20 whole numbers for fewer than twice as many series, or as many labels as
/// series.
std::string label_objection(const SeriesSet& training);

}  // namespace gradus
