// SPDX-License-Identifier: MIT
// --dry-run: everything that a training does, once, and nothing that stays.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "gradus/autograd/node.h"
#include "gradus/train/progress.h"
#include "gradus/train/stop.h"
#include "tools/estimate.h"
#include "tools/temporary_folder.h"
#include "tools/train.h"

namespace gradus::tools {
namespace {

template <class F> double seconds_of(F f) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  f();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One step, its evaluation, a checkpoint, and all of it read again; a signal throws Stopped.
void one_step(Training& t, Plan plan) {
  const TemporaryFolder folder;
  plan.options.steps = 1, plan.options.quiet = true;
  RunFolder run = RunFolder::create(folder.path + "/run");
  run.write_config(Json::object());
  const std::unique_ptr<Optimizer> first = optimizer_of(t), second = optimizer_of(t);
  const TrainResult r = Trainer(t.task(), *first, plan.options, &run).run();
  if (r.signal) throw Stopped(r.signal);
  Trainer again(t.task(), *second, plan.options, &run);
  again.resume();
  if (const int signal = again.run().signal) throw Stopped(signal);
}

// The best of a few, since the first ones still ask the system for memory.
double step_seconds(Training& t, int64_t batches) {
  const std::unique_ptr<Optimizer> optimizer = optimizer_of(t);
  t.model().train();
  t.task().begin_epoch(0);
  double best = 1e300;
  for (int64_t i = 0; i < 3; ++i)
    best = std::min(best, seconds_of([&] {
                      t.task().loss(i % batches).loss.backward();
                      optimizer->step();
                      optimizer->zero_grad();
                    }));
  return best;
}

}  // namespace

int dry_run(Training& t, const RunOptions& o) {
  prepare(t, {});
  t.take_weights();
  const Plan plan = plan_of(t);
  const double memory = estimate_memory(t).bytes(std::min(t.common.batch_size, t.samples()));
  one_step(t, plan);
  const double step = step_seconds(t, plan.batches);
  const double evaluation = seconds_of([&] {
    const NoGrad no_grad;
    t.model().eval();
    t.task().evaluate();
  });
  const double once = step * static_cast<double>(plan.steps) +
                      evaluation * static_cast<double>(plan.options.epochs);
  const double total = once * (1 + t.searched());
  Json found;
  found["task"] = t.name(), found["parameters"] = t.model().count();
  found["epochs"] = plan.options.epochs, found["steps"] = plan.steps;
  found["memory_bytes"] = static_cast<int64_t>(memory);
  found["step_seconds"] = step, found["evaluation_seconds"] = evaluation;
  found["seconds"] = total;
  print_figures(found, o.json);
  if (!t.common.quiet)
    std::fprintf(stderr, "one step was taken, saved and loaded; all of it would take about %s\n",
                 duration_text(total).c_str());
  return 0;
}

}  // namespace gradus::tools
