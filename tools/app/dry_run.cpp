// SPDX-License-Identifier: MIT
// --dry-run: runs each stage of training once and leaves no files behind.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "gradus/autograd/node.h"
#include "gradus/train/flow.h"
#include "gradus/train/progress.h"
#include "gradus/train/stop.h"
#include "tools/app/estimate.h"
#include "tools/app/figures.h"
#include "tools/app/optimizer.h"
#include "tools/app/train.h"
#include "tools/cli/temporary_folder.h"
#include "tools/cli/terminal.h"

namespace gradus::tools {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class F> double seconds_of(F f) {
  const Clock::time_point start = Clock::now();
  f();
  return seconds_since(start);
}

// A task without figures: a dry run measures their time separately, on part of the data. It records
// the duration of a step, from its loss to the figures after it.
struct WithoutFigures : Task {
  explicit WithoutFigures(Task& whole) : task(whole) {}
  Module& model() override { return task.model(); }
  int64_t begin_epoch(int64_t epoch) override { return task.begin_epoch(epoch); }
  Batch loss(int64_t batch) override {
    start = Clock::now();
    return task.loss(batch);
  }
  Json evaluate() override {
    step_seconds = seconds_since(start);
    return Json::object();
  }
  Task& task;
  Clock::time_point start{};
  double step_seconds = 0;
};

// The flow audit of a few samples, in one line; and the reasons if a parameter gets no gradient.
void show_flow(TaskRun& t) {
  Trains& training = training_part(t);
  const int64_t few = std::min<int64_t>({t.common.batch_size, training.samples(), 4});
  const FlowAudit audit = flow_audit([&] { return training.probe(few); }, t.model());
  tell("gradients: " + audit.line() + "\n" + audit.reasons(Flow::not_reached) +
       audit.reasons(Flow::zero));
}

// Takes one step, saves a checkpoint and loads it again; a signal throws Stopped. Returns the
// duration of the step.
double one_step(TaskRun& t, Plan plan) {
  const TemporaryFolder folder;
  plan.options.steps = 1;
  plan.options.quiet = true;
  plan.options.score = "";
  plan.options.average = 0;
  RunFolder run = RunFolder::create(folder.path + "/run");
  run.write_config(Json::object());
  WithoutFigures task(training_part(t).task());
  const std::unique_ptr<Optimizer> first = optimizer_of(t.common, t.model()),
                                   second = optimizer_of(t.common, t.model());
  const TrainResult r = Trainer(task, *first, plan.options, &run).run();
  if (r.signal) throw Stopped(r.signal);
  Trainer again(task, *second, plan.options, &run);
  again.resume();
  if (const int signal = again.run().signal) throw Stopped(signal);
  return task.step_seconds;
}

// The fastest of a few steps, since the first ones allocate memory from the system; the first one
// itself if it is so long that this is a small part of it.
double step_seconds(TaskRun& t, int64_t batches, double first) {
  constexpr double enough = 1;
  if (first > enough) return first;
  Task& task = training_part(t).task();
  const std::unique_ptr<Optimizer> optimizer = optimizer_of(t.common, t.model());
  t.model().train();
  task.begin_epoch(0);
  double best = 1e300, all = 0;
  for (int64_t i = 0; i < 3 && all < enough; ++i) {
    const double now = seconds_of([&] {
      task.loss(i % batches).loss.backward();
      optimizer->step();
      optimizer->zero_grad();
    });
    best = std::min(best, now);
    all += now;
  }
  return best;
}

// Stops an evaluation once it has run long enough to extrapolate its duration.
class Stopwatch : public Phase::Listener {
 public:
  struct Enough {
    double share;
  };
  explicit Stopwatch(double limit) : limit_(limit), before_(Phase::listen(this)) {}
  ~Stopwatch() override { Phase::listen(before_); }
  void changed(std::span<const Phase* const> open) override {
    const double share = share_done(open);
    if (share > 0 && seconds() > limit_) throw Enough{share};
  }
  double seconds() const { return seconds_since(start_); }

 private:
  double limit_;
  Clock::time_point start_ = Clock::now();
  Listener* before_;
};

// The duration of evaluating one epoch, extrapolated from one batch, or if it takes more than a
// second or two.
double evaluation_seconds(TaskRun& t) {
  const NoGrad no_grad;
  t.model().eval();
  std::optional<double> share;
  const double batch = seconds_of([&] { share = training_part(t).try_evaluation(); });
  if (share) return batch / *share;
  Stopwatch watch(1.5);
  try {
    training_part(t).task().evaluate();
  } catch (const Stopwatch::Enough& stopped) {
    return watch.seconds() / stopped.share;
  }
  return watch.seconds();
}

}  // namespace

int dry_run(TaskRun& t, const RunOptions& o) {
  Trains& training = training_part(t);
  const double memory = prepare(t, {}).bytes(std::min(t.common.batch_size, training.samples()));
  training.take_weights();
  Plan plan = plan_of(t);
  plan.options.allow_unused = o.allow_unused;
  if (!t.common.quiet) show_flow(t);
  const double first = one_step(t, plan);
  const double step = step_seconds(t, plan.batches, first);
  const double evaluation = evaluation_seconds(t);
  const double once =
      step * static_cast<double>(plan.steps) +
      evaluation * (static_cast<double>(plan.options.epochs) + training.report_cost());
  const double total = once * (1 + (t.parts.searches ? t.parts.searches->search_cost() : 0));
  Json found;
  found["task"] = t.name();
  found["parameters"] = t.model().count();
  found["epochs"] = plan.options.epochs;
  found["steps"] = plan.steps;
  found["memory_bytes"] = static_cast<int64_t>(memory);
  found["step_seconds"] = step;
  found["evaluation_seconds"] = evaluation;
  found["seconds"] = total;
  print_figures(found, o.json);
  if (!t.common.quiet)
    std::fprintf(stderr, "one step was taken, saved and loaded; training would take about %s\n",
                 duration_text(total).c_str());
  return 0;
}

}  // namespace gradus::tools
