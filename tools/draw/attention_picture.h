// SPDX-License-Identifier: MIT
// Attention and step importance of a trained model, ready to be drawn.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/nn/attention.h"

namespace gradus::tools {

/// The attention for one example.
struct AttentionPicture {
  std::string title;
  Tensor weights;  // [rows, cols]
  std::vector<std::string> rows, cols;
  std::string row_axis, col_axis;
  int64_t layers = 0, heads = 0;  // available
  int64_t layer = 0, head = -1;   // chosen; head -1: the mean
};
struct AttentionChoice {
  int64_t example = 0, layer = -1, head = -1;  // layer -1: the last; head -1: the mean
  int64_t step = -1;                           // the series ends after it; -1: at its end
  bool all = false;                            // average over all examples
};

/// The importance of each step of one example for the prediction. Lists of one length, or empty.
struct StepTable {
  std::string title;
  std::vector<std::string> steps{};
  std::vector<double> attention{}, effect{}, gradient{};
};
/// One line per step, with bars; for many steps only the most important ones.
std::string step_table(const StepTable& t);

/// The attention of each layer, by its name, while the model computes `call` in eval mode.
using AttentionRecords = std::vector<AttentionRecorder::Record>;
AttentionRecords recorded_attention(Module& model, const std::function<void()>& call);

/// Throws UsageError if the example does not exist.
void check_example(const AttentionChoice& choice, int64_t count);
/// Weights and title of the chosen layer and head, for a batch of one; layers are named
/// BEFORE0AFTER, BEFORE1AFTER, ... Throws UsageError if the layer or head does not exist.
AttentionPicture chosen_attention(const AttentionRecords& seen, const std::string& before,
                                  const std::string& after, const AttentionChoice& choice);

}  // namespace gradus::tools
