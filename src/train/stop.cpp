// SPDX-License-Identifier: MIT
// The handler does only what is allowed in one: it sets a flag, or ends the process.
#include "gradus/train/stop.h"

#include <unistd.h>

namespace gradus {
namespace {

volatile std::sig_atomic_t heard = 0;
int living = 0;  // of StopSignals; the outermost one has the handlers

void hear(int signal) {
  if (heard) _exit(128 + signal);
  heard = signal;
}

}  // namespace

StopSignals::StopSignals() {
  if (living++ > 0) return;
  heard = 0;
  struct sigaction action = {};
  action.sa_handler = hear;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // a write that is under way goes on
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGTERM, &action, &before_term_);
  // A parent may have blocked them; a training that cannot be stopped is worse.
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  sigprocmask(SIG_UNBLOCK, &both, nullptr);
}

StopSignals::~StopSignals() {
  if (--living > 0) return;
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
  heard = 0;
}

int StopSignals::received() { return heard; }

void StopSignals::poll() {
  if (const int signal = heard) throw Stopped(signal);
}

}  // namespace gradus
