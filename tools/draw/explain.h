// SPDX-License-Identifier: MIT
// What `gradus explain` needs of a model of series, and what it prints and draws.
#pragma once
#include <optional>

#include "models/tasks/series_explain.h"
#include "tools/draw/table.h"

namespace gradus::tools {

/// A model and the series of a new file, ready to be asked. Pointers outlive it.
struct Explained {
  SeriesAnswer answer;
  std::vector<InputColumn> columns;
  const SeriesSet* set = nullptr;
  const SeriesScale* scale = nullptr;
  std::vector<int64_t> said;     // which name is explained of each series where none is asked for
  std::vector<double> middle{};  // of forecasts: the mean, to which the answer is added
  std::string baseline;          // what the baselines are: "the mean of the training data"
  /// The value in the file of one cell, by the number of the step and of the column.
  std::function<std::string(const Series&, int64_t step, size_t column)> value{};
  std::function<std::string(double)> time{};  // as the file writes it
};

/// All of one explanation, in the file's words.
struct ExplainedSeries {
  std::string id, title, baseline;
  std::vector<std::string> columns, baselines, times;
  std::vector<std::string> values;  // [steps, columns]
  SeriesExplanation means;
};
std::string explanation_text(const ExplainedSeries& e);
/// id, time, column, value, baseline, occlusion, gradient_x_input: a line a cell; a line without a
/// time is of a whole column, one without a column of a whole step.
std::string explanation_csv(const ExplainedSeries& e);
/// FILE.csv, FILE.svg or FILE.png.
void write_explanation(const ExplainedSeries& e, const std::string& path);

struct ExplainedSet {
  std::string title, baseline;
  std::vector<std::string> columns, baselines, steps;
  SeriesImportance means;
};
std::string importance_text(const ExplainedSet& e);
/// kind, name, baseline, occlusion, gradient_x_input; kind is "column" or "step".
std::string importance_csv(const ExplainedSet& e);
void write_importance(const ExplainedSet& e, const std::string& path);

}  // namespace gradus::tools
