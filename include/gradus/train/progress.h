// SPDX-License-Identifier: MIT
// Progress on stderr: on a terminal one line, rewritten at most four times a second; elsewhere
// whole lines at growing intervals, without control characters. See docs/reading-a-report.md.
//   ep 3/20 1280/4000  loss 1.92  val 2.01*  lr 3e-04  18.4k tok/s  eta 2m10s
//   folds 2/5, epochs 13/60, 31s  eta 50s
// Next: train/run_folder.h
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "gradus/base/phase.h"

namespace gradus {

struct ProgressState {
  int64_t epoch = 0, epochs = 0;   // counted from 1; epochs 0: unknown
  int64_t batch = 0, batches = 0;  // batches: the total of this epoch
  double loss = 0, lr = 0;
  double valid = 0;  // after the last epoch; NaN during the first
  bool valid_is_best = false;
  double done = 0;     // fraction of the whole training, 0 to 1
  int64_t tokens = 0;  // processed so far in this process
};

class Progress {
 public:
  explicit Progress(bool quiet);
  /// During an epoch: may print nothing.
  void update(const ProgressState& s);
  /// After an epoch; `always` for the first and the last.
  void epoch(const ProgressState& s, bool always);
  /// Prints a whole line, even if quiet.
  void note(const std::string& line);
  /// Moves the cursor to a new line.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::string line(const ProgressState& s) const;
  void print(const ProgressState& s);
  double seconds_since(Clock::time_point t) const;

  bool quiet_, terminal_;
  Clock::time_point start_ = Clock::now(), last_ = start_;
  double interval_ = 0, done_at_start_ = -1;
};

/// During its lifetime, shows the phases of this thread that last for more than a second.
class PhaseProgress : public Phase::Listener {
 public:
  PhaseProgress();
  ~PhaseProgress() override;
  PhaseProgress(const PhaseProgress&) = delete;
  PhaseProgress& operator=(const PhaseProgress&) = delete;
  void changed(std::span<const Phase* const> open) override;
  /// Turns this display off for the rest of the process: --quiet.
  static void silence();

 private:
  using Clock = std::chrono::steady_clock;
  void show(std::span<const Phase* const> open, double age);

  struct Shown {
    Clock::time_point last{};
    double interval = 0;
  };
  Listener* before_;
  bool terminal_, drawn_ = false;
  const Phase* outermost_ = nullptr;
  Clock::time_point begin_{}, last_{};
  std::map<std::string, Shown> lines_;  // without a terminal, by the outermost phase
};

/// The finished fraction of nested phases, from 0 to 1; 0 if a total is unknown.
double share_done(std::span<const Phase* const> open);

/// "2m10s", "45s", "3h05m".
std::string duration_text(double seconds);

}  // namespace gradus
