// SPDX-License-Identifier: MIT
// The course of training, the same for all tasks:
//   settings -> data -> model -> run folder -> Trainer -> report
#pragma once
#include "tools/app/parts.h"

namespace gradus::tools {

struct MemoryEstimate;  // tools/app/estimate.h

/// The options of one run of the program; they do not affect the model.
struct RunOptions {
  std::string out, config, resume, profile_file;
  bool force = false, json = false, dry_run = false, allow_unused = false, profile = false;
};

/// The part of a run that trains. Throws UsageError for a run without one: an imported encoder.
Trains& training_part(TaskRun& t);

/// Takes the settings of a new run: flags, --config, preset, and the defaults that follow.
void settle(TaskRun& t, const std::string& config_file);
/// Trains a new run; or continues one. Returns the exit status.
int start_training(TaskRun& t, const RunOptions& o);
int resume_training(TaskRun& t, const RunOptions& o);
/// Reads the data, takes, saves and loads one step in a temporary folder, and reports the cost.
int dry_run(TaskRun& t, const RunOptions& o);

/// From settings to an initialised model; reports data, model and memory on stderr.
MemoryEstimate prepare(TaskRun& t, const Json& recorded_data);
/// The trainer's options that follow from the settings.
struct Plan {
  int64_t batches = 0, steps = 0;  // per epoch; in total
  TrainerOptions options{};
};
Plan plan_of(TaskRun& t);

/// The config.json of a run. Throws std::runtime_error unless it has task, settings, origins and
/// data.
Json config_of(const RunFolder& run);
Json new_config(TaskRun& t);  // the config.json of a new run
/// Takes a run's settings and the result of its search from its config.json.
void adopt(TaskRun& t, const Json& config, const std::string& file);
/// Reads the run's schema.json.
void take_schema(TaskRun& t, const RunFolder& run);

/// Calls f(); its std::invalid_argument becomes a UsageError.
template <class F> auto from_options(F&& f) {
  try {
    return f();
  } catch (const UsageError&) {
    throw;
  } catch (const std::invalid_argument& e) {
    usage_error({e.what()});
  }
}

}  // namespace gradus::tools
