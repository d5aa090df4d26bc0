// SPDX-License-Identifier: MIT
// The trainer: runs epochs of steps, evaluates after each, keeps the best model, and writes
// checkpoints from which a stopped or killed run resumes with identical results.
// Next: train/flow.h
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/optim/optimizer.h"
#include "gradus/train/profile.h"
#include "gradus/train/progress.h"
#include "gradus/train/run_folder.h"

namespace gradus {

/// A training task: it owns its model and data, draws batches, computes losses and metrics.
class Task {
 public:
  virtual ~Task() = default;
  virtual Module& model() = 0;
  /// Prepares epoch 0, 1, ... and returns its number of batches. Their order and content depend
  /// only on the task's seed and the epoch, so that a resumed run sees the same ones.
  virtual int64_t begin_epoch(int64_t epoch) = 0;
  struct Batch {
    Tensor loss;     // a scalar: the mean over `weight` items
    double weight;   // the number of items in the mean: real tokens, series
    int64_t tokens;  // counted for the tokens per second
  };
  virtual Batch loss(int64_t batch) = 0;
  /// The metrics of the model on held-out data, including "valid_loss"; called in eval mode, under
  /// NoGrad. A signal ends it: see for_each_batch() in train/stop.h.
  virtual Json evaluate() = 0;
  /// A few sample outputs, in eval mode; must not draw from default_generator().
  virtual std::vector<std::string> samples() { return {}; }
};

struct TrainerOptions {
  int64_t epochs = 10;
  int64_t steps = 0;                 // > 0: stop after this many steps, regardless of epochs
  double clip_norm = 0;              // > 0: clip gradients to this norm
  Schedule schedule{};               // absent: constant rate
  int64_t patience = 0;              // > 0: stop after this many epochs without a better score
  int64_t save_every = 0;            // > 0: also save a checkpoint after this many steps
  std::string score = "valid_loss";  // the metric that picks the best epoch; "": the last one
  bool higher_is_better = false;     // ties go to the later epoch
  // > 1: at the end, evaluates the mean of the last `average` epochs' weights, as one more epoch.
  // Needs a run folder, which stores them meanwhile. Source: Vaswani et al. 2017, 6.1.
  int64_t average = 0;
  bool quiet = false;        // no progress line
  bool as_phase = false;     // quiet, and reported as a phase of longer work
  bool show_samples = true;  // Task::samples() after each epoch
  bool last_samples = true;  // after the last one, too; false if the caller shows them itself
  // Train even if parameters that require a gradient get none in the first step. Without it, run()
  // throws before that step, with the reason for each (train/flow.h).
  bool allow_unused = false;
  Profile* profile = nullptr;  // measures the training; nothing is measured without one
  Json settings{};  // everything the training depends on; must match when a checkpoint is resumed
};

struct TrainResult {
  int signal = 0;      // SIGINT, SIGTERM or SIGHUP if it stopped the training
  std::string reason;  // why it ended, in words
  int64_t epochs = 0, steps = 0, best_epoch = 0;  // epochs count from 1
  double best_score = 0, train_loss = 0, seconds = 0;
  Json figures{};  // metrics of the best epoch, as is train_loss
};

class Trainer {
 public:
  /// If `run` is null, nothing is written.
  Trainer(Task& task, Optimizer& optimizer, TrainerOptions options, RunFolder* run = nullptr);
  /// Resumes from the run's last checkpoint; if there is none yet, returns false and starts over.
  /// Throws std::runtime_error if the checkpoint does not match.
  bool resume();
  /// Trains until the end or a signal. Afterwards the model has the weights of the best epoch.
  /// If a loss or gradient is not finite, throws std::runtime_error before the step, naming the
  /// step, the parameter, and the op that made it (train/nan_origin.h), which is written to
  /// RUN/nan-capsule.safetensors if a capsule can store it; the last checkpoint is not changed.
  /// Throws std::runtime_error in the first step for parameters that get no gradient, unless
  /// allow_unused.
  TrainResult run();

 private:
  void run_epoch();
  void finish_epoch();
  std::string over() const;
  void check_settings(const Json& state) const;
  void step(int64_t batch);
  void check_flow(int64_t batch);
  [[noreturn]] void stop_at_nan(int64_t batch, const std::string& message);
  void enter(Profile::Stage stage) const;
  Json evaluated();
  bool update_best(const Json& figures);
  void keep_for_average();
  void evaluate_average();
  void save();
  void announce_loss_on_stop(int64_t saved_step) const;
  Json state() const;
  double share_done() const;
  ProgressState progress_state() const;

  Task& task_;
  Optimizer& optimizer_;
  TrainerOptions options_;
  RunFolder* run_;
  std::vector<NamedTensor> parameters_;
  Progress progress_;
  std::optional<Phase> phase_;
  Draw place_{};               // of default_generator() before the step
  bool flow_checked_ = false;  // whether this process has run the flow audit

  // State saved in checkpoints.
  int64_t epoch_ = 0, batch_ = 0, step_ = 0;
  double loss_sum_ = 0, loss_weight_ = 0;
  int64_t best_epoch_ = 0;
  double best_score_ = 0, last_train_loss_ = 0, seconds_before_ = 0;
  Json best_figures_;

  int64_t batches_ = 0, tokens_ = 0;
  double last_score_, started_ = 0;
  StateDict best_weights_;  // without a run folder
};

}  // namespace gradus
