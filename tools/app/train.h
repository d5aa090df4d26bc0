// SPDX-License-Identifier: MIT
// The interface of a training to the command line: settings, data, model and figures. Each task is
// in its own file; the stages are the same for all tasks, in train.cpp.
//   gradus train TASK:  settings -> data -> model -> run folder -> Trainer -> report
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gradus/io/json.h"
#include "gradus/nn/transformer.h"
#include "gradus/optim/optimizer.h"
#include "gradus/train/trainer.h"
#include "tools/app/example.h"
#include "tools/app/figures.h"
#include "tools/cli/settings.h"
#include "tools/draw/attention_picture.h"

namespace gradus::tools {

struct Explained;

/// The settings shared by all trainings; a task sets its own defaults.
struct TrainSettings {
  int64_t epochs = 20, steps = 0, batch_size = 32, seed = 0;
  double lr = 1e-3, weight_decay = 0.01, clip_norm = 1, warmup = 0, dropout = 0.1;
  std::string schedule = "cosine", activation = "relu";
  int64_t d_model = 64, nhead = 4, layers = 2, dim_feedforward = 128;
  bool norm_first = true, quiet = false, verbose = false;
  int64_t patience = 0, save_every = 0, threads = 0;
  bool by_data = false;  // epochs 0 and patience -1 let the task choose

  void list(Settings& s);
  /// The learning rate schedule of a training of `total_steps`.
  Schedule rates(int64_t total_steps) const;
};

/// One training, from its settings to its figures; the stages are called in this order.
class Training {
 public:
  virtual ~Training() = default;
  virtual std::string name() const = 0;
  /// The values of the chosen preset, for settings that are not given otherwise.
  virtual std::map<std::string, Json> preset() const { return {}; }
  /// Defaults that depend on other settings; their origin stays "default".
  virtual std::map<std::string, Json> implied() const { return {}; }
  /// Throws UsageError for settings that do not fit together; settles steps or epochs.
  virtual void check();
  /// Reads or generates the data. `recorded` is null, or data() of the run to resume: throws
  /// std::runtime_error if the data differ.
  virtual void read_data(const Json& recorded) = 0;
  /// Identifies the data, for config.json.
  virtual Json data() const { return Json::object(); }
  /// What the model needs to read other files, for schema.json; null if it reads none.
  virtual Json schema() const { return {}; }
  /// Takes a run's schema.json: before read_data(), or instead of it if only the model is needed;
  /// `file` is for messages.
  virtual void read_schema(const Json&, const std::string& /*file*/) {}
  /// Reads only this file, by the schema, instead of read_data(); with labels to evaluate on, or
  /// without.
  virtual void read_new(const Json& schema, const std::string& path, bool labelled);
  /// Describes the data on stderr.
  virtual void show_data() const = 0;
  /// Samples per epoch, and the bytes they occupy.
  virtual int64_t samples() const = 0;
  virtual double epoch_bytes() const { return 0; }
  /// Steps per epoch.
  virtual int64_t batches() const {
    return (samples() + common.batch_size - 1) / common.batch_size;
  }
  /// The number of parameters, computed before any is allocated.
  virtual double parameters() const = 0;
  /// Samples in the largest set that figures are computed on.
  virtual int64_t evaluated() const = 0;
  /// Finds settings by other trainings, for a new run; reports on stderr.
  virtual void search() {}
  /// The approximate cost of search(), in trainings.
  virtual double searched() const { return 0; }
  /// The result of search() for config.json, beside the settings it changed; null for none.
  virtual Json found() const { return {}; }
  virtual void take_found(const Json&) {}
  /// Trains at once, for models that need no steps; else nothing.
  virtual std::optional<TrainResult> fit() { return {}; }
  /// Makes the model, with initial values from the seed.
  virtual void make_model() = 0;
  /// Loads weights to start from, if the settings name some.
  virtual void take_weights() {}
  virtual Module& model() = 0;
  /// The loss of the `count` longest samples, to measure its memory.
  virtual Tensor probe(int64_t count) = 0;
  virtual Task& task() = 0;
  /// The figure that selects the best epoch.
  virtual std::string score() const { return "valid_loss"; }
  virtual bool higher_is_better() const { return false; }
  /// The number of last epochs to average at the end; 0: none.
  virtual int64_t average() const { return 0; }
  /// All figures of the current model; deterministic.
  virtual Json figures() = 0;
  /// Outputs to show after the training.
  virtual std::vector<std::string> examples() { return {}; }
  /// Inputs drawn from a fixed seed, and the current model's outputs: see example.h.
  virtual Example example() = 0;
  /// The predictions for the data of read_new(), as CSV.
  virtual std::string predictions() { return ""; }
  virtual bool has_attention() const { return true; }
  virtual AttentionPicture attention(const AttentionChoice& choice) = 0;
  /// The importance of each step for a prediction; no steps if none can be left out.
  virtual StepTable steps(const AttentionChoice&) { return {}; }
  /// For series: the model and the data of read_new(), for `gradus explain`.
  virtual std::unique_ptr<Explained> explained();  // tools/draw/explain.h

  Settings settings;
  TrainSettings common;

 protected:
  Activation activation() const;
};

/// The tasks, by name and summary.
struct TaskInfo {
  const char *name, *summary;
  std::unique_ptr<Training> (*make)();
  std::vector<std::string> examples;
};
const std::vector<TaskInfo>& tasks();
/// The task that a name stands for: "classify" is that of texts if --text is among the words.
std::string task_meant(const std::string& task, const std::vector<std::string>& words);
/// A new training of the task in a config.json; `file` is for messages.
std::unique_ptr<Training> training_of(const Json& config, const std::string& file);

/// The options of one run of the program; they do not affect the model.
struct RunOptions {
  std::string out, config, resume;
  bool force = false, json = false, dry_run = false;
};

/// From settings to an initialised model; reports data, model and memory on stderr.
void prepare(Training& t, const Json& recorded_data);
/// The trainer's options that follow from the settings.
struct Plan {
  int64_t batches = 0, steps = 0;  // per epoch; in total
  TrainerOptions options{};
};
Plan plan_of(const Training& t);
std::unique_ptr<Optimizer> optimizer_of(Training& t);
/// The config.json of a run. Throws std::runtime_error unless it has task, settings, origins and
/// data.
Json config_of(const RunFolder& run);
Json new_config(const Training& t);  // the config.json of a new run
/// Takes a run's settings and the result of its search from its config.json.
void adopt(Training& t, const Json& config, const std::string& file);
/// The training of a run, with its settings. Throws std::runtime_error if the run has no best model
/// yet.
std::unique_ptr<Training> training_in(const RunFolder& run);
/// Reads the run's schema.json.
void take_schema(Training& t, const RunFolder& run);
/// Makes the model and loads the best weights, in eval mode; the schema or data must be read.
void take_best(Training& t, const RunFolder& run);
/// The model of a run with its best weights, without its data. T is the class of its training,
/// `needed` names the tasks for messages; throws UsageError for a run of another task.
template <class T>
std::unique_ptr<T> model_in(const std::string& path, const char* command, const char* needed) {
  const RunFolder folder = RunFolder::open(path);
  std::unique_ptr<Training> t = training_in(folder);
  if (!dynamic_cast<T*>(t.get()))
    usage_error({path, " is a run of \"", t->name(), "\"; ", command, " needs one of ", needed});
  take_schema(*t, folder);
  take_best(*t, folder);
  return std::unique_ptr<T>(dynamic_cast<T*>(t.release()));
}
/// The model of a run with its best weights, and its data, which must not have changed. With a
/// `file`, only that file is read; `given` are flags for it that override the run's settings.
std::unique_ptr<Training> trained(const RunFolder& run, const std::string& file = "",
                                  bool labelled = true, const Settings* given = nullptr);
/// Reads the data, takes, saves and loads one step in a temporary folder, and reports the cost.
int dry_run(Training& t, const RunOptions& o);
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
