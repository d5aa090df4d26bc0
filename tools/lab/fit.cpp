// SPDX-License-Identifier: MIT
// The training loop of pages.
#include "tools/lab/fit.h"

#include <algorithm>

#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/schedule.h"

namespace gradus::tools {

double fit(Module& model, const FitOptions& options,
           const std::function<Tensor(int64_t step)>& loss) {
  const std::vector<NamedTensor> parameters = model.named_parameters();
  AdamW optimizer(parameters, {.lr = options.lr, .weight_decay = options.weight_decay});
  const auto rise = static_cast<int64_t>(static_cast<double>(options.steps) * options.warmup);
  const Schedule rate = cosine_with_warmup_lr(rise, options.steps);
  double last = 0;
  model.train();
  for (int64_t step = 0; step < options.steps; ++step) {
    optimizer.set_lr(rate, step);
    const Tensor now = loss(step);
    last = now.item();
    now.backward();
    clip_grad_norm(parameters, options.clip_norm);
    optimizer.step();
    optimizer.zero_grad();
  }
  model.eval();
  return last;
}

double fit(Task& task, const FitOptions& options) {
  int64_t epoch = 0, batches = 0, batch = 0;
  return fit(task.model(), options, [&](int64_t) {
    if (batch == batches) {
      batches = task.begin_epoch(epoch++);
      batch = 0;
    }
    return task.loss(batch++).loss;
  });
}

}  // namespace gradus::tools
