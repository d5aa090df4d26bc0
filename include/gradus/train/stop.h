// SPDX-License-Identifier: MIT
// Stopping on request: SIGINT (Ctrl-C) and SIGTERM ask a training to finish its step and save.
// Next: train/run_folder.h
#pragma once
#include <csignal>

namespace gradus {

/// While one lives, the first SIGINT or SIGTERM sets received(), and a second one ends the process
/// at once with 128 + its number; files stay whole, since they are written in one atomic step.
/// Signals that were inherited as ignored (nohup, a shell's background jobs) are heard too.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  /// SIGINT, SIGTERM, or 0.
  static int received();

 private:
  struct sigaction before_int_, before_term_;
};

}  // namespace gradus
