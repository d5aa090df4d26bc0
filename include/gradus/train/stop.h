// SPDX-License-Identifier: MIT
// Stopping on request: SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal or connection was closed)
// make a training finish its step and save.
// Next: train/progress.h
#pragma once
#include <csignal>
#include <exception>
#include <string>

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
  /// so that the first signal ends it; without a StopSignals the signal itself ends the process.
  static void poll();
  /// Sets the text that a second signal prints, at most 400 bytes: what is lost and what was saved.
  static void on_second(const std::string& text);

 private:
  struct sigaction before_[3];
};

}  // namespace gradus
