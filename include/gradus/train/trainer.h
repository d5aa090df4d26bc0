// SPDX-License-Identifier: MIT
// The trainer: epochs of steps, evaluation after each, the best model kept, a checkpoint from
// which a stopped or killed training goes on to the same bits.
// Next: train/picture.h
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "gradus/optim/optimizer.h"
#include "gradus/train/progress.h"
#include "gradus/train/run_folder.h"

namespace gradus {

/// What is trained: a model, its batches, its figures.
class Task {
 public:
  virtual ~Task() = default;
  virtual Module& model() = 0;
  /// Lays out epoch 0, 1, ... and returns its number of batches. Their order and content depend
  /// on the task's seed and the epoch alone, so that a resumed training finds them again.
  virtual int64_t begin_epoch(int64_t epoch) = 0;
  struct Batch {
    Tensor loss;     // a scalar: the mean over `weight` items
    double weight;   // what the mean is over: real tokens, series
    int64_t tokens;  // for the rate
  };
  virtual Batch loss(int64_t batch) = 0;
  /// The figures of the model on held-out data, among them "valid_loss"; in eval mode, under
  /// NoGrad. Its loops call StopSignals::poll().
  virtual Json evaluate() = 0;
  /// A few outputs to look at, in eval mode, without drawing from default_generator().
  virtual std::vector<std::string> samples() { return {}; }
};

struct TrainerOptions {
  int64_t epochs = 10;
  int64_t steps = 0;       // > 0: stop after so many steps, whatever the epochs
  double clip_norm = 0;    // > 0: clip gradients to this norm
  Schedule schedule{};     // absent: the rate stays
  int64_t patience = 0;    // > 0: stop after so many epochs without a better score
  int64_t save_every = 0;  // > 0: a checkpoint every so many steps, besides each epoch's end
  std::string score = "valid_loss";  // the figure that chooses the best epoch; "": the last one
  bool higher_is_better = false;     // ties go to the later epoch
  // > 1: the mean of the weights after the last so many epochs is judged at the end, as one more
  // epoch. Needs a run folder, where they are kept meanwhile. Source: Vaswani et al. 2017, 6.1.
  int64_t average = 0;
  bool quiet = false;         // no progress line
  bool as_phase = false;      // a quiet training that is a part of longer work
  bool show_samples = true;   // Task::samples() after each epoch
  bool last_samples = true;   // after the last one, too: no, where the caller shows them at the end
  Json settings{};  // all that the training depends on; a checkpoint made with others is refused
};

struct TrainResult {
  int signal = 0;      // SIGINT, SIGTERM or SIGHUP when the training was stopped by one
  std::string reason;  // why it ended, in words
  int64_t epochs = 0, steps = 0, best_epoch = 0;  // epochs count from 1
  double best_score = 0, train_loss = 0, seconds = 0;
  Json figures{};  // of the best epoch, as is train_loss
};

class Trainer {
 public:
  /// `run` may be null: then nothing is written.
  Trainer(Task& task, Optimizer& optimizer, TrainerOptions options, RunFolder* run = nullptr);
  /// Goes to where the run's last checkpoint was made; false when the run died before its first
  /// one, and begins again. Throws std::runtime_error when the checkpoint does not fit.
  bool resume();
  /// Trains to the end, or to a signal. Afterwards the model has the weights of the best epoch.
  /// A loss or gradient that is not finite throws std::runtime_error before the step, with the
  /// step and the parameter; the last checkpoint stays as it was.
  TrainResult run();

 private:
  void run_epoch();
  void finish_epoch();
  std::string over() const;
  void check_settings(const Json& state) const;
  void step(int64_t batch);
  Json evaluated();
  bool judge(const Json& figures);
  void keep_for_average();
  void judge_average();
  void save();
  void tell_what_a_stop_loses(int64_t saved_step) const;
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

  // The state of a checkpoint.
  int64_t epoch_ = 0, batch_ = 0, step_ = 0;
  double loss_sum_ = 0, loss_weight_ = 0;
  int64_t best_epoch_ = 0;
  double best_score_ = 0, last_train_loss_ = 0, seconds_before_ = 0;
  Json best_figures_;

  int64_t batches_ = 0, tokens_ = 0;
  double last_score_, started_ = 0;
  StateDict best_weights_;  // where there is no run folder
};

}  // namespace gradus
