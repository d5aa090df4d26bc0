// SPDX-License-Identifier: MIT
// A run of the program: one task with its settings. What else a run offers are its parts, in
// parts.h; a command asks for the part that it needs.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "gradus/io/json.h"
#include "gradus/nn/transformer.h"
#include "gradus/optim/optimizer.h"
#include "tools/cli/settings.h"

namespace gradus::tools {

inline constexpr Words<Activation, 2> activations = {
    {{"relu", Activation::relu}, {"gelu", Activation::gelu}}};

/// The learning rate after the warm-up: falls to 0 along a cosine or a line, stays, or falls as
/// 1 / sqrt(step).
enum class RateCurve { cosine, linear, constant, noam };
enum class OptimizerKind { adamw, adam, sgd, rmsprop, adagrad, lion, muon, adafactor };

/// The settings shared by all tasks; a task sets its own defaults.
struct TrainSettings {
  int64_t epochs = 20, steps = 0, batch_size = 32, seed = 0;
  double lr = 1e-3, matrix_lr = 0.02, beta2 = 0.999, weight_decay = 0.01, clip_norm = 1, warmup = 0,
         dropout = 0.1;
  double layer_decay = 1;
  std::string freeze{};  // patterns of names, with commas between
  OptimizerKind optimizer = OptimizerKind::adamw;
  RateCurve schedule = RateCurve::cosine;
  Activation activation = Activation::relu;
  int64_t d_model = 64, nhead = 4, layers = 2, dim_feedforward = 128;
  bool norm_first = true, quiet = false, verbose = false;
  int64_t patience = 0, save_every = 0, threads = 0;
  bool by_data = false;  // epochs 0 and patience -1 let the task choose

  void list(Settings& s);
  /// The learning rate schedule for `total_steps` steps.
  Schedule rates(int64_t total_steps) const;
};

class Trains;
class Searches;
class Predicts;
class Explains;
class Exports;
class ShowsAnswers;
class Attends;
class ShowsSteps;
class Generates;
class Translates;
class Encodes;
class Fills;

/// The parts that a task has; the others are null. See parts.h.
struct Parts {
  Trains* trains = nullptr;
  Searches* searches = nullptr;
  Predicts* predicts = nullptr;
  Explains* explains = nullptr;
  Exports* exports = nullptr;
  ShowsAnswers* shows_answers = nullptr;
  Attends* attends = nullptr;
  ShowsSteps* shows_steps = nullptr;
  Generates* generates = nullptr;
  Translates* translates = nullptr;
  Encodes* encodes = nullptr;
  Fills* fills = nullptr;
};

/// One task with its settings and its model, before, during or after training. Each task derives
/// from this class and from the parts that it has.
class TaskRun {
 public:
  TaskRun() = default;
  TaskRun(const TaskRun&) = delete;  // settings and parts refer to this object
  TaskRun& operator=(const TaskRun&) = delete;
  virtual ~TaskRun() = default;
  virtual std::string name() const = 0;
  /// The values of the chosen preset, for settings that are not given otherwise.
  virtual std::map<std::string, Json> preset() const { return {}; }
  /// Defaults that depend on other settings; their origin stays "default".
  virtual std::map<std::string, Json> implied() const { return {}; }
  /// Throws UsageError for settings that do not fit together; settles steps or epochs.
  virtual void check();
  /// What the model needs to read other files, for schema.json; null if it reads none.
  virtual Json schema() const { return {}; }
  /// Takes a run's schema.json: before the data are read, or instead of them if only the model is
  /// needed; `file` is for messages.
  virtual void read_schema(const Json&, const std::string& /*file*/) {}
  /// The number of parameters, counted before any is allocated.
  virtual int64_t parameters() const = 0;
  /// Makes the model, with initial values from the seed.
  virtual void make_model() = 0;
  virtual Module& model() = 0;

  Settings settings;
  TrainSettings common;
  Parts parts;  // set by the constructor of the task
};

}  // namespace gradus::tools
