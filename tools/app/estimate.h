// SPDX-License-Identifier: MIT
// The memory that training needs, estimated before its first step.
#pragma once
#include "tools/app/parts.h"

namespace gradus::tools {

struct MemoryEstimate {
  double fixed = 0, per_sample = 0;  // bytes
  /// The memory of training with this batch size.
  double bytes(int64_t batch) const { return fixed + per_sample * static_cast<double>(batch); }
  /// The largest batch size that fits, 0 if there is none.
  int64_t largest_batch(double available) const;
};

/// Measures steps of a few samples and extrapolates linearly. The random numbers of the training
/// run do not change.
MemoryEstimate estimate_memory(TaskRun& t, Trains& training);

/// Bytes still available to this process: of the machine, its control group and `ulimit -v`.
double available_memory();

/// "1.5 GB".
std::string size_text(double bytes);

/// Throws std::runtime_error if the parameters alone do not fit; called before they are allocated.
void check_parameters(const TaskRun& t);
/// Throws std::runtime_error, with the largest batch that fits, if a step does not fit.
void check_memory(const TaskRun& t, const Trains& training, const MemoryEstimate& estimate);

}  // namespace gradus::tools
