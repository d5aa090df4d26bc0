// SPDX-License-Identifier: MIT
// quality: seconds of training until a language model has a given loss on held-out text. It trains
// as `gradus train lm --preset nanogpt-cpu` and looks at the loss after every 25 steps; the time
// for that does not count.
#include <cmath>

#include "gradus/base/clock.h"
#include "gradus/io/file.h"
#include "gradus/train/stop.h"
#include "tools/app/estimate.h"
#include "tools/app/optimizer.h"
#include "tools/bench/bench.h"
#include "tools/bench/made_up.h"
#include "tools/cli/temporary_folder.h"
#include "tools/tasks/tasks.h"

namespace gradus::tools {
namespace {

constexpr const char* preset = "nanogpt-cpu";
constexpr int64_t steps_between = 25;
constexpr double own_target = 1.2;  // for the text that gradus makes up

// Ends the training.
struct Reached {};

// A task in epochs of a few steps, which ends at the target.
class UntilLoss : public Task {
 public:
  UntilLoss(Task& task, double target) : task_(task), target_(target) {}
  Module& model() override { return task_.model(); }
  int64_t begin_epoch(int64_t) override {
    wall_ = clock_seconds();
    processor_ = processor_seconds();
    return steps_between;
  }
  Batch loss(int64_t) override {
    if (batch_ == batches_) {
      batches_ = task_.begin_epoch(epoch_++);
      batch_ = 0;
    }
    ++steps;
    return task_.loss(batch_++);
  }
  Json evaluate() override {
    seconds += clock_seconds() - wall_;
    cpu_seconds += processor_seconds() - processor_;
    const Json figures = task_.evaluate();
    valid_loss = figures.at("valid_loss").number();
    if (valid_loss <= target_) throw Reached{};
    return figures;
  }

  int64_t steps = 0;
  double seconds = 0, cpu_seconds = 0, valid_loss = INFINITY;

 private:
  Task& task_;
  double target_, wall_ = 0, processor_ = 0;
  int64_t epoch_ = 0, batch_ = 0, batches_ = 0;
};

// A training that is set up as `gradus train lm FILE --preset ...` does.
std::unique_ptr<TaskRun> set_up(const BenchSettings& settings, const std::string& folder) {
  std::unique_ptr<TaskRun> t = lm_run();
  Json values;
  values["preset"] = preset;
  values["quiet"] = true;
  values["file"] = settings.file;
  if (settings.file.empty()) {
    values["file"] = folder + "/text";
    write_file(folder + "/text", made_up_text(400'000));
  }
  if (settings.steps > 0) values["steps"] = settings.steps;
  write_file(folder + "/settings.json", write_json(values));
  settle(*t, folder + "/settings.json");
  t->common.threads = 0;
  prepare(*t, {});
  t->make_model();
  return t;
}

void train_until_loss(TaskRun& t, UntilLoss& task, double target, Profile* profile) {
  const std::unique_ptr<Optimizer> optimizer = optimizer_of(t.common, t.model());
  TrainerOptions options = plan_of(t).options;
  const int64_t all = options.steps;
  options.epochs = (all + steps_between - 1) / steps_between;
  options.show_samples = false;
  options.quiet = true;
  options.profile = profile;
  Trainer trainer(task, *optimizer, options);
  try {
    const TrainResult result = trainer.run();
    if (result.signal) throw Stopped(result.signal);
  } catch (const Reached&) {
    if (profile) profile->stop();
    return;
  }
  throw std::runtime_error(
      text({"quality: the held-out loss is ", rounded(task.valid_loss, 4), " after all ", all,
            " steps, above the target of ", target, "; give a higher --target or more --steps"}));
}

Json run(const BenchSettings& settings) {
  const TemporaryFolder folder;
  const double target = settings.target > 0 ? settings.target : own_target;
  const std::unique_ptr<TaskRun> t = set_up(settings, folder.path);
  UntilLoss task(training_part(*t).task(), target);
  train_until_loss(*t, task, target, settings.profile);
  Json line = bench_line("quality");
  line["preset"] = preset;
  line["target"] = target;
  line["valid_loss"] = rounded(task.valid_loss, 4);
  line["steps"] = task.steps;
  line["seconds"] = rounded(task.seconds, 3);
  line["cpu_seconds"] = rounded(task.cpu_seconds, 3);
  line["parameters"] = t->model().count();
  finish_line(line, 0);
  return line;
}

}  // namespace

const Workload bench_quality{"quality", "training a GPT until a held-out loss", run};

}  // namespace gradus::tools
