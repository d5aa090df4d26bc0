// SPDX-License-Identifier: MIT
// A profile: where time and memory go, by op and by phase of training.
// Next: train/picture.h
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

/// One op over all training steps. Ops within an op count as part of it.
struct OpCost {
  std::string op;
  int64_t calls = 0;                 // forward
  double forward = 0, backward = 0;  // seconds
  double kept = 0;                   // bytes in use after a forward call less those before: mean
};

/// A profile of this thread between start() and stop(), or of a training: TrainerOptions::profile.
/// While it runs, each op costs about 0.2 microseconds more; without one, nothing is measured.
class Profile {
 public:
  enum class Stage { data, forward, backward, optimiser, evaluation, saving, other };
  static constexpr std::array<const char*, 7> names = {
      "data", "forward", "backward", "optimiser", "evaluation", "saving", "other"};

  void start();
  void stop();
  /// Ends the current stage and begins another. The data stage ends at the first op, which starts
  /// the forward; the forward ends at the first backward of an op, unless the caller enters a
  /// stage.
  void enter(Stage stage);
  /// Counts a step. If no stage was entered after the backward, the time since its last op counts
  /// as the optimiser's.
  void end_step();

  int64_t steps() const { return steps_; }
  double wall() const { return wall_; }  // seconds between start() and stop()
  double seconds(Stage stage) const { return stages_[static_cast<size_t>(stage)].seconds; }
  /// The largest number of bytes in use during a stage.
  int64_t peak(Stage stage) const { return stages_[static_cast<size_t>(stage)].peak; }
  /// The ops of data, forward and backward, the most expensive first.
  std::vector<OpCost> ops() const;

 private:
  struct Sums {
    int64_t calls = 0;
    double forward = 0, backward = 0, kept = 0;
  };
  struct StageSums {
    double seconds = 0;
    int64_t peak = 0;
  };
  void see(const OpEvent& e);
  void leave(double now);

  std::optional<WatchOps> watch_;
  std::unordered_map<const char*, Sums> ops_;
  std::array<StageSums, names.size()> stages_{};
  Stage stage_ = Stage::other;
  int depth_ = 0;
  int64_t steps_ = 0, bytes_ = 0;
  double started_ = 0, since_ = 0, op_begin_ = 0, last_backward_ = 0, wall_ = 0;
};

}  // namespace gradus
