// SPDX-License-Identifier: MIT
// The loss of a run on a few samples of its own training data, for the commands that inspect its
// gradients.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "gradus/tensor/tensor.h"
#include "tools/app/task_run.h"

namespace gradus::tools {

struct RunLoss {
  std::unique_ptr<TaskRun> run;
  /// The loss of the first batch of the first epoch, in train mode; the same at each call.
  std::function<Tensor()> loss;
};

/// Reads the data of the run and its best weights; a batch has `samples` samples, or for
/// translations as many tokens as that many pairs of average length.
RunLoss loss_of_run(const std::string& path, int64_t samples);

}  // namespace gradus::tools
