// SPDX-License-Identifier: MIT
// Stopping on request: SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal or the connection is
// gone) ask a training to finish its step and save.
// Next: train/progress.h
#pragma once
#include <csignal>
#include <exception>
#include <string>

namespace gradus {

/// What StopSignals::poll() throws: a signal asked for the end of what is under way.
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

/// While one lives, the first of these signals sets received(), for SIGINT with a word on stderr; a
/// second one prints the text of on_second() and ends the process at once with 128 + its number.
/// Files stay whole, since they are written in one atomic step.
/// SIGINT and SIGTERM that were inherited as ignored (a shell's background jobs) are heard too;
/// SIGHUP that was inherited as ignored stays so: that is what nohup is for.
/// One inside another changes nothing: the outer one keeps what it heard.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  /// SIGINT, SIGTERM, SIGHUP, or 0; 0 where none lives.
  static int received();
  /// Throws Stopped once a signal was received. Every loop that may last calls it in each turn, so
  /// that the first signal ends it; where no StopSignals lives the signal itself has ended the
  /// process.
  static void poll();
  /// What a second signal prints, at most 400 bytes: what is lost, and what was kept.
  static void on_second(const std::string& text);

 private:
  struct sigaction before_[3];
};

}  // namespace gradus
