// SPDX-License-Identifier: MIT
// Labelled series from a long table: one row per step; the rows of one id form a series.
// Next: data/series_parts.h
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gradus/data/csv.h"
#include "gradus/data/date_time.h"

namespace gradus {

/// How to handle several rows of a series with the same time. Exact duplicates are always read
/// once. `mean` takes the mean of numbers and the last text.
enum class Duplicates { refuse, first, last, mean };

/// The roles of a table's columns, and how to read them; all other columns are features.
struct SeriesColumns {
  /// id "none": the whole table is one series. time "none": rows are steps in file order.
  std::string id = "id", time = "time", label = "label";
  std::vector<std::string> drop{};  // columns to ignore
  std::vector<std::string> text{};  // columns that are categorical even if they contain numbers
  DateOrder date_order = DateOrder::automatic;
  Duplicates duplicates = Duplicates::refuse;
  bool skip_unlabelled = false;  // skip series without a label instead of rejecting the table
  bool strict = false;           // reject labels unseen in training instead of counting them
};

/// The value of a text cell that is empty or was not seen in training.
inline constexpr double unknown_category = -1;
/// A label that was not seen in training.
inline constexpr int64_t unknown_class = -2;

/// How the dates of a column were read, so that other files are read the same way.
struct DateKind {
  TimeUnit unit = TimeUnit::days;
  DateOrder order = DateOrder::automatic;
};

struct Series {
  std::string id;
  std::vector<int64_t> lines{};  // line of each step in its file; empty if there is no file
  std::vector<double> times;     // strictly increasing
  /// T x F, row-major: numbers, dates in their unit, for text the index of the category (or
  /// unknown_category); NaN if the cell was empty.
  std::vector<double> values;
  int64_t label = 0;  // the index of a class; -1 if unlabelled, or unknown_class
  int64_t length() const { return static_cast<int64_t>(times.size()); }
  /// The first line in its file; 0 if there is no file.
  int64_t line() const { return lines.empty() ? 0 : lines[0]; }
};

struct SeriesSet {
  std::vector<std::string> features, classes;
  std::map<size_t, std::vector<std::string>> categories{};  // of each feature that is text
  std::map<size_t, DateKind> dates{};                       // of each feature that is a date
  std::optional<DateKind> time_dates{};                     // if times are dates
  std::vector<Series> series;
  std::string file{};                   // for messages; "" if there is none
  int64_t missing = 0;                  // empty cells
  bool plain = false;                   // one row is one series: the table has no time column
  std::vector<std::string> ignored{};   // columns of this file that training did not have
  std::vector<std::string> left_out{};  // text columns with too many distinct texts
  std::vector<std::string> notes{};     // decisions and repairs made while reading, a sentence each

  int64_t size() const { return static_cast<int64_t>(series.size()); }
  std::vector<int64_t> lengths() const;
  /// The number of series in each class.
  std::vector<int64_t> class_counts() const;
  /// A set with the same columns and classes but no series.
  SeriesSet without_series() const;
  bool is_text(size_t feature) const { return categories.contains(feature); }
  /// Whether a feature is neither text nor a date, so it can be forecast.
  bool is_number(size_t feature) const { return !is_text(feature) && !dates.contains(feature); }
  /// A time formatted as in the file: a number, or a date.
  std::string time_text(double time) const;
};

/// The series of a training table, in the order of their first rows.
///   classes   the distinct labels: sorted numerically if all are numbers ("1" and "1.0" are one
///             class), else as text; rows without a label take the label of their series
///   features  numbers; dates (data/date_time.h); else texts, whose categories are sorted. A text
///             column with more than 20 categories that hardly ever repeat is left out.
/// Rows of a series may be in any order and are sorted by time. In a table without a time column
/// each row is a series of length 1.
/// Throws std::runtime_error with file, line and column: no label column, no features, an unknown
/// column to drop, an empty id or time, two differing rows with the same time, a label that is
/// missing or changes within its series, no rows. Also throws, reporting all of them at once, for
/// columns of mostly numbers or dates that contain other texts, dates in an ambiguous order, and
/// numbers of 1e30 or more, which mark missing values.
SeriesSet training_series(const CsvTable& table, const SeriesColumns& columns = {});

/// The series of another table, with the features, categories and classes of training: columns are
/// matched by name, in any order. Unseen texts become unknown_category and unseen labels
/// unknown_class; the notes count both. Throws if a feature is missing.
SeriesSet matching_series(const CsvTable& table, const SeriesSet& training,
                          const SeriesColumns& columns = {});
/// The same without labels: ignores a label column and sets each label to -1.
SeriesSet unlabelled_series(const CsvTable& table, const SeriesSet& training,
                            const SeriesColumns& columns = {});
/// A training table for forecasts: like training_series(), but ignores a label column and puts all
/// series into one unnamed class.
SeriesSet forecast_series(const CsvTable& table, const SeriesColumns& columns = {});
/// The same for another table.
SeriesSet matching_forecast_series(const CsvTable& table, const SeriesSet& training,
                                   const SeriesColumns& columns = {});

/// Empty if the labels are plausible classes; else why they look like a regression target: more
/// than 20 distinct numbers with decimals (or more than one per five series), more than 20 integers
/// for fewer than twice as many series, or as many labels as series.
std::string label_objection(const SeriesSet& training);

}  // namespace gradus
