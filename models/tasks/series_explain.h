// SPDX-License-Identifier: MIT
// Why a model of series answers as it does: what each value meant, by the columns of the file. Any
// model serves that answers a batch; one with gradients is asked for these, too.
//   occlusion         the answer, less the answer with values replaced by their baseline
//   gradient x input  slope of the score times (value - baseline), summed over a column's inputs
// Source: occlusion Zeiler and Fergus 2014; gradient x input Shrikumar et al. 2016.
// Next: models/tasks/series_meaning.h
#pragma once
#include <functional>

#include "gradus/data/series_scale.h"

namespace gradus {

/// A column of the file, and the inputs of the model that come from it: its value, all categories
/// of a text, and a mask of empty cells. They are replaced together.
struct InputColumn {
  std::string name;
  int64_t feature = -1;            // of the series; -1: the gap between times
  std::vector<int64_t> inputs{};   // which of the model's inputs, 0 .. width-1
  std::vector<double> baseline{};  // of each, as the model reads it
  std::string baseline_text{};     // the same in the file's words
};
/// The columns behind a scale, whose features are those of `like`: numbers and dates with their
/// mean in the training data as baseline, texts with no category, masks as "not empty"; and, where
/// gaps between times are an input, `time` with the usual gap. Constant features are left out.
std::vector<InputColumn> input_columns(const SeriesScale& scale, const SeriesSet& like,
                                       const std::string& time);

/// What is explained.
struct SeriesAnswer {
  using Outputs = std::function<Tensor(const Tensor& values, const Tensor& times,
                                       const std::vector<int64_t>& lengths)>;
  Outputs outputs;                 // [B, names]: logits of classes, or forecasts, standardised
  std::vector<std::string> names;  // the classes, or the columns that are forecast
  std::vector<double> unit{};      // of forecasts: what 1 is in the file; none for classes
  bool gradients = true;           // whether outputs are differentiable
  bool classes() const { return unit.empty(); }
};

/// What each value of one series of `steps` steps meant; cells lie step by step.
struct SeriesExplanation {
  double answer = 0;                 // the probability of the class, or the forecast less its mean
  std::vector<double> cells;         // [steps, columns]: occlusion of one value
  std::vector<double> columns;       // [columns]: of a whole column
  std::vector<double> steps;         // [steps]: of all columns of one step
  std::vector<double> gradient{};    // [steps, columns]; empty without gradients
};
/// Of series number `index`; `of` is the number of the name that is explained. Of a class,
/// occlusion is a difference of probabilities and the score its log-odds; of a forecast both are in
/// the units of the file.
SeriesExplanation explain_series(const SeriesAnswer& answer,
                                 const std::vector<InputColumn>& columns, const SeriesSet& set,
                                 const SeriesScale& scale, int64_t index, int64_t of);

/// Means of the sizes over several series.
struct SeriesImportance {
  std::vector<double> columns, steps;  // occlusion of a whole column, and of a step by its number
  std::vector<double> gradient{};      // of a column, summed over the steps; empty without
};
/// Over the series `members`; of[i] is what is explained of members[i]. A step counts for the
/// series that have it.
SeriesImportance explain_set(const SeriesAnswer& answer, const std::vector<InputColumn>& columns,
                             const SeriesSet& set, const SeriesScale& scale,
                             const std::vector<int64_t>& members, const std::vector<int64_t>& of);

/// `most` of 0 .. n-1, evenly spread.
std::vector<int64_t> evenly_spread(int64_t n, int64_t most);

}  // namespace gradus
