// SPDX-License-Identifier: MIT
// System clocks.
#include "gradus/base/clock.h"

#include <atomic>
#include <ctime>

namespace gradus {
namespace {

double seconds_of(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

std::atomic<double> latest{0};

}  // namespace

double clock_seconds() {
  const double now = seconds_of(CLOCK_MONOTONIC);
  double seen = latest.load();
  while (now > seen && !latest.compare_exchange_weak(seen, now)) {
  }
  return now > seen ? now : seen;
}

double processor_seconds() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace gradus
