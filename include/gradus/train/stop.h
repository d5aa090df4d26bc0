// SPDX-License-Identifier: MIT
// Stopping on request: SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal or connection was closed)
// make a training run finish its step and save.
// Next: train/progress.h
#pragma once
#include <csignal>
#include <exception>
#include <functional>
#include <string>

#include "gradus/base/phase.h"
#include "gradus/data/batch.h"

namespace gradus {

/// Thrown by StopSignals::poll() after a signal requested a stop.
class Stopped : public std::exception {
 public:
  explicit Stopped(int signal) : signal_(signal) {}
  int signal() const { return signal_; }
  const char* what() const noexcept override {
    return signal_ == SIGINT   ? "stopped by SIGINT"
           : signal_ == SIGHUP ? "stopped by SIGHUP"
                               : "stopped by SIGTERM";
  }

 private:
  int signal_;
};

/// During its lifetime, the first of these signals sets received(), for SIGINT with a message on
/// stderr; a second one prints the text of on_second() and ends the process immediately with status
/// 128 + signal. Files stay intact, since they are written atomically.
/// SIGINT and SIGTERM are handled even if they were inherited as ignored (a shell's background
/// jobs); SIGHUP inherited as ignored stays ignored, as nohup expects.
/// Nested instances have no effect: the outer one keeps the received signal.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  /// SIGINT, SIGTERM, SIGHUP, or 0; 0 without an instance.
  static int received();
  /// Throws Stopped once a signal was received. Every long-running loop calls it in each iteration,
  /// most of them through StoppablePhase or for_each_batch(), so that the first signal ends it;
  /// without a StopSignals the signal itself ends the process.
  static void poll();
  /// Sets the text that a second signal prints, at most 400 bytes: what is lost and what was saved.
  static void on_second(const std::string& text);

 private:
  struct sigaction before_[3];
};

/// Work that a signal ends: at() and next() throw Stopped once a signal was received.
class StoppablePhase : public Phase {
 public:
  using Phase::Phase;
  void at(int64_t done) {
    StopSignals::poll();
    Phase::at(done);
  }
  void next() { at(done() + 1); }
};

/// Calls f(members) for 0 .. n-1 in batches, in order, as a StoppablePhase: the loop of every
/// evaluation.
void for_each_batch(const char* what, int64_t n, int64_t batch_size,
                    const std::function<void(const Batch& members)>& f);

}  // namespace gradus
