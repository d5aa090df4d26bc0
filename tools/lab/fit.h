// SPDX-License-Identifier: MIT
// Short training runs for pages.
#pragma once
#include <functional>

#include "gradus/train/trainer.h"

namespace gradus::tools {

struct FitOptions {
  int64_t steps = 300;
  double lr = 3e-3, clip_norm = 1, weight_decay = 0.01;
  double warmup = 0.05;  // the share of the steps in which the rate rises; then it falls to 0
};

/// Trains with AdamW on loss(step); the model is in eval mode afterwards. Returns the last loss.
double fit(Module& model, const FitOptions& options,
           const std::function<Tensor(int64_t step)>& loss);
/// The same on the batches of a task.
double fit(Task& task, const FitOptions& options);

}  // namespace gradus::tools
