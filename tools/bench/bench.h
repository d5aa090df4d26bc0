// SPDX-License-Identifier: MIT
// Benchmarks: what a workload is, and how all of them measure. Each stands in its own file,
// tools/bench_w<n>.cpp, and is named in the list below.
//   One JSON line each on stdout, with the keys that the PyTorch scripts of the same names print.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "gradus/base/memory.h"
#include "gradus/base/parallel.h"
#include "gradus/io/json.h"

namespace gradus::tools {

struct BenchSettings {
  int64_t steps = 0;  // 0: as many as the workload finds right
};

struct Workload {
  const char *name, *summary;
  Json (*run)(const BenchSettings&);
};

extern const Workload bench_w1, bench_w2, bench_w3, bench_w4, bench_w5, bench_w6, bench_w7,
    bench_w8, bench_w9, bench_w10_gru, bench_w10_lstm;

inline constexpr const Workload* all_workloads[] = {
    &bench_w1, &bench_w2, &bench_w3, &bench_w4, &bench_w5,      &bench_w6,
    &bench_w7, &bench_w8, &bench_w9, &bench_w10_gru, &bench_w10_lstm};

/// Seconds of this process: of its processor on one thread, since others may use the machine, too;
/// of the clock on the wall on more, and where the processor's is too coarse.
double bench_clock();

/// `v` with so many digits behind the point.
double rounded(double v, int digits);

/// The middle one, or the mean of the two in the middle.
double median(std::vector<double> values);

/// Calls functions, first to warm up, then to measure them.
class Stopwatch {
 public:
  Stopwatch(int64_t warmup, int64_t steps) : warmup_(warmup), steps_(steps) {}
  /// Median seconds of one call of f(), of `inner` calls in a row each time.
  template <class F>
  double seconds(F&& f, int64_t inner = 1) {
    for (int64_t i = 0; i < warmup_; ++i) f();
    const int64_t before = gradus::cache_misses();
    std::vector<double> times;
    times.reserve(static_cast<size_t>(steps_));
    for (int64_t i = 0; i < steps_; ++i) {
      const double start = bench_clock();
      for (int64_t k = 0; k < inner; ++k) f();
      times.push_back((bench_clock() - start) / static_cast<double>(inner));
    }
    misses_ += gradus::cache_misses() - before;
    return median(std::move(times));
  }
  /// Blocks that the measured calls took from the system and not from the cache: a steady step
  /// takes none.
  int64_t misses() const { return misses_; }

 private:
  int64_t warmup_, steps_, misses_ = 0;
};

/// A new line: workload, framework, threads, and which BLAS computed.
Json bench_line(const char* workload);
/// Appends cache misses and the process's peak of memory.
void finish_line(Json& line, int64_t misses);

/// What a workload of whole training steps prints: calls step() and gives the times as the
/// PyTorch scripts do. `tokens` and `gflop` (of matrix products) are those of one step.
struct StepFacts {
  double tokens = 0, gflop = 0;
  int64_t parameters = 0;
  int64_t warmup = 5, steps = 50;
};
Json time_steps(const char* workload, const BenchSettings& settings, const StepFacts& facts,
                const std::function<void()>& step);

}  // namespace gradus::tools
