// SPDX-License-Identifier: MIT
// Explains a prediction of a model of series: the effect of each value, by the columns of the file.
// Any model that maps a batch to outputs can be explained; a differentiable one also by gradients.
//   occlusion         the prediction minus the prediction with values replaced by their baseline
//   gradient x input  gradient of the score times (value - baseline), summed over a column's inputs
// Source: occlusion Zeiler and Fergus 2014; gradient x input Shrikumar et al. 2016.
// Next: models/explain/series_meaning.h
#pragma once
#include <functional>

#include "gradus/data/series_scale.h"

namespace gradus {

/// A column of the file and the model inputs that come from it: its value, all categories of a
/// text, and a mask of empty cells. They are replaced together.
struct InputColumn {
  std::string name;
  int64_t feature = -1;            // feature of the series; -1: the gap between times
  std::vector<int64_t> inputs{};   // indices of the model's inputs, 0 .. width-1
  std::vector<double> baseline{};  // baseline of each input, as the model reads it
  std::string baseline_text{};     // the same in the units of the file
};
/// The columns of a scale; `like` has its features. The baseline of numbers and dates is their mean
/// in the training data, of texts no category, of masks "not empty". If gaps between times are an
/// input, `time` is a column with the usual gap as baseline. Constant features are left out.
std::vector<InputColumn> input_columns(const SeriesScale& scale, const SeriesSet& like,
                                       const std::string& time);

/// The model and its outputs.
struct SeriesAnswer {
  using Outputs = std::function<Tensor(const Tensor& values, const Tensor& times,
                                       const std::vector<int64_t>& lengths)>;
  Outputs outputs;                 // [B, names]: logits of classes, or forecasts, standardised
  std::vector<std::string> names;  // the classes, or the forecast columns
  std::vector<double> unit{};      // for forecasts: one standardised unit in the file's units
  bool gradients = true;           // whether the outputs are differentiable
  bool classes() const { return unit.empty(); }
};

/// The effect of each value of one series of `steps` steps; cells are stored step by step.
struct SeriesExplanation {
  double answer = 0;               // the class probability, or the forecast minus its mean
  std::vector<double> cells;       // [steps, columns]: occlusion of one value
  std::vector<double> columns;     // [columns]: occlusion of a whole column
  std::vector<double> steps;       // [steps]: occlusion of all columns of one step
  std::vector<double> gradient{};  // [steps, columns]; empty without gradients
};
/// Explains series `index` for the output `of`. For a class, occlusion is a difference of
/// probabilities and the score its log-odds; for a forecast, both are in the units of the file.
SeriesExplanation explain_series(const SeriesAnswer& answer,
                                 const std::vector<InputColumn>& columns, const SeriesSet& set,
                                 const SeriesScale& scale, int64_t index, int64_t of);

/// Mean absolute effects over several series.
struct SeriesImportance {
  std::vector<double> columns, steps;  // occlusion of a whole column, and of a step by its index
  std::vector<double> gradient{};      // per column, summed over the steps; empty without gradients
};
/// Over the series `members`; of[i] is the explained output of members[i]. A step is averaged over
/// the series that are long enough.
SeriesImportance explain_set(const SeriesAnswer& answer, const std::vector<InputColumn>& columns,
                             const SeriesSet& set, const SeriesScale& scale,
                             const std::vector<int64_t>& members, const std::vector<int64_t>& of);

/// `most` indices of 0 .. n-1, evenly spread.
std::vector<int64_t> evenly_spread(int64_t n, int64_t most);

}  // namespace gradus
