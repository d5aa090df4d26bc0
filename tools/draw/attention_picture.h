// SPDX-License-Identifier: MIT
// What a trained model looked at, and what each step of an example meant: ready to be drawn.
#pragma once
#include <string>
#include <vector>

#include "gradus/nn/attention.h"

namespace gradus::tools {

/// Attention of one example, ready to be drawn.
struct AttentionPicture {
  std::string title;
  Tensor weights;  // [rows, cols]
  std::vector<std::string> rows, cols;
  std::string row_axis, col_axis;
  int64_t layers = 0, heads = 0;  // that there are to choose from
  int64_t layer = 0, head = -1;   // that were chosen; -1: the mean
};
struct AttentionChoice {
  int64_t example = 0, layer = -1, head = -1;  // -1: the last layer; the mean of the heads
  int64_t step = -1;                           // that asks; -1: the last
  bool all = false;                            // the mean over all examples
};

/// What each step of one example meant for the answer. Lists of as many steps, or empty.
struct StepTable {
  std::string title;
  std::vector<std::string> steps;
  std::vector<double> attention, effect, gradient;
};
/// For people: a line a step, with bars; where there are many, the ones that matter most.
std::string step_table(const StepTable& t);

/// Throws UsageError for an example that is not there.
void check_example(const AttentionChoice& choice, int64_t count);
/// Weights and title of the chosen layer and head, of a batch of one; layers are called
/// BEFORE0AFTER, BEFORE1AFTER, ... Throws UsageError for those that are not there.
AttentionPicture chosen_attention(const AttentionRecorder& seen, const std::string& before,
                                  const std::string& after, const AttentionChoice& choice);

}  // namespace gradus::tools
