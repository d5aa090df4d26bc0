// SPDX-License-Identifier: MIT
// Time that only grows, for measuring how long something took.
// Next: base/parallel.h
#pragma once

namespace gradus {

/// Seconds since some fixed moment. Not less than at any earlier call in this process, even on a
/// machine whose clock steps back, so that a duration is never negative.
double clock_seconds();

/// Seconds that the threads of this process have spent on processors, as finely as the system
/// counts them: about 1 ns, or some ms while a limit on processor time (`ulimit -t`) holds.
double processor_seconds();

}  // namespace gradus
