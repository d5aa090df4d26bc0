// SPDX-License-Identifier: MIT
// The interface of a model of series to `gradus explain`, and its output.
#pragma once
#include <optional>

#include "models/explain/series_explain.h"
#include "tools/draw/table.h"

namespace gradus::tools {

/// A model and the series of a new file. answer.outputs calls the model of its run.
struct Explained {
  SeriesAnswer answer;
  std::vector<InputColumn> columns;
  SeriesSet set{};
  SeriesScale scale{};
  std::vector<int64_t> predicted;  // the default output to explain for each series
  std::vector<double> middle{};    // numbers: the mean that is added to the answer
  bool next_step = false;          // the numbers are forecasts of the next step
  std::string baseline;            // description of the baselines: "the mean of the training data"
  /// The file's text of a cell, by step and column.
  std::function<std::string(const Series&, int64_t step, size_t column)> value{};
  std::function<std::string(double)> time{};  // formatted as in the file
};

/// One explanation, with names and values as in the file.
struct ExplainedSeries {
  std::string id, title, baseline;
  std::vector<std::string> columns, baselines, times;
  std::vector<std::string> values;  // [steps, columns]
  SeriesExplanation means;
};
std::string explanation_text(const ExplainedSeries& e);
/// id, time, column, value, baseline, occlusion, gradient_x_input: one line per cell; a line
/// without a time is about a whole column, one without a column about a whole step.
std::string explanation_csv(const ExplainedSeries& e);
/// Writes FILE.csv, FILE.svg or FILE.png.
void write_explanation(const ExplainedSeries& e, const std::string& path);

struct ExplainedSet {
  std::string title, baseline;
  std::vector<std::string> columns, baselines, steps;
  SeriesImportance means;
};
std::string importance_text(const ExplainedSet& e);
/// Columns kind, name, baseline, occlusion, gradient_x_input; kind is "column" or "step".
std::string importance_csv(const ExplainedSet& e);
void write_importance(const ExplainedSet& e, const std::string& path);

/// The indices of x by decreasing absolute value.
std::vector<size_t> by_size(const std::vector<double>& x);
/// The largest absolute value; 0 if there is none.
double largest_size(const std::vector<double>& x);

}  // namespace gradus::tools
