// SPDX-License-Identifier: MIT
// A monotonic clock for measuring durations.
// Next: base/parallel.h
#pragma once

namespace gradus {

/// Seconds since an unspecified fixed moment. Never less than at any earlier call in this process,
/// even if the machine's clock steps back, so durations are never negative.
double clock_seconds();

/// Processor time in seconds used by all threads of this process. The resolution is that of the
/// system: about 1 ns, or some ms while a limit on processor time (`ulimit -t`) is set.
double processor_seconds();

}  // namespace gradus
