// SPDX-License-Identifier: MIT
// What a training will need, known before its first step.
#pragma once
#include "tools/app/train.h"

namespace gradus::tools {

struct MemoryEstimate {
  double fixed = 0, per_sample = 0;  // bytes
  /// Of a training whose steps take so many samples.
  double bytes(int64_t batch) const { return fixed + per_sample * static_cast<double>(batch); }
  /// The largest batch that takes no more, 0 if there is none.
  int64_t largest_batch(double available) const;
};

/// Measures steps of a few samples and draws a line through them. The training's random numbers
/// stay where they are.
MemoryEstimate estimate_memory(Training& training);

/// Bytes that this process can still take: of the machine, of its control group, of `ulimit -v`.
double available_memory();

/// "1.5 GB".
std::string size_text(double bytes);

/// Throws std::runtime_error when the parameters alone would not fit; asked before there are any.
void check_parameters(const Training& training);
/// Throws std::runtime_error, with the largest batch that fits, when a step would not.
void check_memory(const Training& training, const MemoryEstimate& estimate);

}  // namespace gradus::tools
