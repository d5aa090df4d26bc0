// SPDX-License-Identifier: MIT
// Progress on stderr: on a terminal one line, rewritten at most four times a second; elsewhere
// whole lines at growing intervals, without control bytes.
//   ep 3/20 1280/4000  loss 1.92  val 2.01*  lr 3e-04  18.4k tok/s  eta 2m10s
// Next: train/trainer.h
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace gradus {

struct ProgressState {
  int64_t epoch = 0, epochs = 0;  // 1 based; epochs 0: not known
  int64_t batch = 0, batches = 0;
  double loss = 0, lr = 0;
  double valid = 0;  // of the last epoch; NaN before the first
  bool valid_is_best = false;
  double done = 0;     // share of the whole training, 0 to 1
  int64_t tokens = 0;  // processed so far in this process
};

class Progress {
 public:
  explicit Progress(bool quiet);
  /// During an epoch: may print nothing.
  void update(const ProgressState& s);
  /// After an epoch; `always` for the first and the last.
  void epoch(const ProgressState& s, bool always);
  /// A whole line of its own, quiet or not.
  void note(const std::string& line);
  /// Leaves the cursor on a fresh line.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::string line(const ProgressState& s) const;
  void rewrite(const std::string& words);
  double seconds_since(Clock::time_point t) const;

  bool quiet_, terminal_;
  bool open_line_ = false;
  Clock::time_point start_ = Clock::now(), last_ = start_;
  double interval_ = 0, done_at_start_ = -1;
};

/// "2m10s", "45s", "3h05m".
std::string duration_text(double seconds);

}  // namespace gradus
