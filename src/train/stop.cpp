// SPDX-License-Identifier: MIT
// The handler is async-signal-safe: it only sets a flag, writes a message, or ends the process.
#include "gradus/train/stop.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace gradus {
namespace {

constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t received_signal = 0;
int living = 0;  // number of StopSignals; the outermost one installs the handlers

// The text that the handler prints, which must not allocate. Empty while it is being replaced.
char last_words[400];
volatile std::sig_atomic_t last_length = 0;

void print(const char* text, size_t length) {
  // Errors cannot be handled here.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, length);
}

void handle(int signal) {
  if (received_signal) {
    print("\n", 1);
    print(last_words, static_cast<size_t>(last_length));
    _exit(128 + signal);
  }
  received_signal = signal;
  constexpr char notice[] = "\nstopping after this step; Ctrl-C again stops at once\n";
  if (signal == SIGINT) print(notice, sizeof notice - 1);
}

}  // namespace

StopSignals::StopSignals() {
  if (living++ > 0) return;
  received_signal = 0;
  on_second("stopped at once; nothing was saved\n");
  struct sigaction action = {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // resumes an interrupted write
  sigset_t all;
  sigemptyset(&all);
  for (size_t i = 0; i < std::size(signals); ++i) {
    sigaction(signals[i], nullptr, &before_[i]);
    const bool keep_ignored = signals[i] == SIGHUP && before_[i].sa_handler == SIG_IGN;
    if (keep_ignored) continue;  // as nohup expects
    sigaction(signals[i], &action, nullptr);
    sigaddset(&all, signals[i]);
  }
  // A parent may have blocked them, but training must be stoppable.
  sigprocmask(SIG_UNBLOCK, &all, nullptr);
}

StopSignals::~StopSignals() {
  if (--living > 0) return;
  for (size_t i = 0; i < std::size(signals); ++i) sigaction(signals[i], &before_[i], nullptr);
  received_signal = 0;
}

int StopSignals::received() { return received_signal; }

void StopSignals::poll() {
  if (const int signal = received_signal) throw Stopped(signal);
}

void StopSignals::on_second(const std::string& text) {
  last_length = 0;
  const size_t kept = std::min(text.size(), sizeof last_words);
  std::copy_n(text.data(), kept, last_words);
  last_length = static_cast<std::sig_atomic_t>(kept);
}

void for_each_batch(const char* what, int64_t n, int64_t batch_size,
                    const std::function<void(const Batch& members)>& f) {
  StoppablePhase phase(what, n);
  for (const Batch& members : in_order(n, batch_size)) {
    phase.at(members.front());
    f(members);
  }
  phase.at(n);
}

}  // namespace gradus
