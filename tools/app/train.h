// SPDX-License-Identifier: MIT
// What the command line knows of a training: its settings, data, model and figures. Each task
// stands in a file of its own; the course of a training is the same for all, in train.cpp.
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

/// The settings that all trainings share; a task sets its own defaults.
struct TrainSettings {
  int64_t epochs = 20, steps = 0, batch_size = 32, seed = 0;
  double lr = 1e-3, weight_decay = 0.01, clip_norm = 1, warmup = 0, dropout = 0.1;
  std::string schedule = "cosine", activation = "relu";
  int64_t d_model = 64, nhead = 4, layers = 2, dim_feedforward = 128;
  bool norm_first = true, quiet = false, verbose = false;
  int64_t patience = 0, save_every = 0, threads = 0;
  bool by_data = false;  // epochs 0 and patience -1 leave these to the task

  void list(Settings& s);
  /// The rates of a training of so many steps.
  Schedule rates(int64_t total_steps) const;
};

/// One training, from its settings to its figures; the steps are called in this order.
class Training {
 public:
  virtual ~Training() = default;
  virtual std::string name() const = 0;
  /// The values of the preset that is set, for settings that nothing else has given.
  virtual std::map<std::string, Json> preset() const { return {}; }
  /// What suits other settings, for those that nothing has given; they remain defaults.
  virtual std::map<std::string, Json> implied() const { return {}; }
  /// Throws UsageError for settings that do not fit together; steps or epochs is settled.
  virtual void check();
  /// Reads or makes the data. `recorded` is what data() was when the run was made, or null: other
  /// data throw std::runtime_error.
  virtual void read_data(const Json& recorded) = 0;
  /// What tells these data from others, for config.json.
  virtual Json data() const { return Json::object(); }
  /// What a model needs to take other files, for schema.json; null where it takes none.
  virtual Json schema() const { return {}; }
  /// What a run's schema.json says, before read_data(), or in its place where the model alone is
  /// wanted; `file` is for the message.
  virtual void read_schema(const Json&, const std::string& /*file*/) {}
  /// In the place of read_data(): no data but this file, read by the schema; with labels to judge
  /// by, or without.
  virtual void read_new(const Json& schema, const std::string& path, bool labelled);
  /// On stderr.
  virtual void show_data() const = 0;
  /// Samples in an epoch, and the bytes that they take while it lasts.
  virtual int64_t samples() const = 0;
  virtual double epoch_bytes() const { return 0; }
  /// Steps in an epoch.
  virtual int64_t batches() const {
    return (samples() + common.batch_size - 1) / common.batch_size;
  }
  /// How many parameters the model will have, before any is made.
  virtual double parameters() const = 0;
  /// Samples of the largest set that figures are worked out on.
  virtual int64_t evaluated() const = 0;
  /// What other trainings have to find, for a new run: on stderr what was found.
  virtual void search() {}
  /// How many trainings that takes, about.
  virtual double searched() const { return 0; }
  /// What it found, for config.json, beside the settings that it changed; null for nothing.
  virtual Json found() const { return {}; }
  virtual void take_found(const Json&) {}
  virtual std::optional<TrainResult> fit() { return {}; }  // at once, where no steps are needed
  /// With first values that follow from the seed.
  virtual void make_model() = 0;
  /// Other weights to begin with, where settings name some.
  virtual void take_weights() {}
  virtual Module& model() = 0;
  /// The loss of the `count` longest samples, to see what memory they take.
  virtual Tensor probe(int64_t count) = 0;
  virtual Task& task() = 0;
  /// The figure that chooses the best epoch.
  virtual std::string score() const { return "valid_loss"; }
  virtual bool higher_is_better() const { return false; }
  /// How many of the last epochs are averaged at the end; 0: none.
  virtual int64_t average() const { return 0; }
  /// All figures of the model as it is; the same bits whenever they are asked for.
  virtual Json figures() = 0;
  /// Outputs to show after the training.
  virtual std::vector<std::string> examples() { return {}; }
  /// Inputs, drawn from a fixed seed, and what the model as it is says of them: see example.h.
  virtual Example example() = 0;
  /// What the model says of the data of read_new(), as CSV.
  virtual std::string predictions() { return ""; }
  virtual bool has_attention() const { return true; }
  virtual AttentionPicture attention(const AttentionChoice& choice) = 0;
  /// Where a step can be left out: what each one meant; else no steps.
  virtual StepTable steps(const AttentionChoice&) { return {}; }
  /// For series: what `gradus explain` asks of the model and the data of read_new().
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
/// The task that "classify" means before these words: that of texts where --text is among them.
std::string task_meant(const std::string& task, const std::vector<std::string>& words);
/// A new training of the task that a config.json names; `file` is for the message.
std::unique_ptr<Training> training_of(const Json& config, const std::string& file);

/// How one run of the program goes about it; no bit of a model depends on these.
struct RunOptions {
  std::string out, config, resume;
  bool force = false, json = false, dry_run = false;
};

/// From settings to a model with first values; on stderr what was read, the model, its memory.
void prepare(Training& t, const Json& recorded_data);
/// What the settings ask of the trainer.
struct Plan {
  int64_t batches = 0, steps = 0;  // in an epoch; in all
  TrainerOptions options{};
};
Plan plan_of(const Training& t);
std::unique_ptr<Optimizer> optimizer_of(Training& t);
/// The config.json of a run, known to have task, settings, origins and data; anything else throws
/// std::runtime_error.
Json config_of(const RunFolder& run);
Json new_config(const Training& t);  // the config.json of a new run
/// All that a run was made with: settings, and what was found before it began.
void adopt(Training& t, const Json& config, const std::string& file);
/// The training that a run was made by, with its settings; a run without a best model yet throws
/// std::runtime_error.
std::unique_ptr<Training> training_in(const RunFolder& run);
/// Reads the run's schema.json.
void take_schema(Training& t, const RunFolder& run);
/// Makes its model, by what was read, with the best weights, in eval mode.
void take_best(Training& t, const RunFolder& run);
/// A model by its run's folder alone, with its best weights. T is what its training is, `needed`
/// what it is called; a run of another task throws UsageError.
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
/// The model of a run, with its best weights, and its data, which must be those it was made with.
/// With a `file` no other data are read; `given` are flags for it, instead of the run's settings.
std::unique_ptr<Training> trained(const RunFolder& run, const std::string& file = "",
                                  bool labelled = true, const Settings* given = nullptr);
/// Reads all, takes, saves and loads one step elsewhere, and tells what the training would take.
int dry_run(Training& t, const RunOptions& o);
/// Calls f(): what it finds wrong with the arguments comes from the command line here.
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
