// SPDX-License-Identifier: MIT
// Benchmarks: the interface of a workload and the common measurement. Each workload is in its own
// file of this folder and is named in the list below.
//   Each prints one JSON line on stdout, with the same keys as the PyTorch script of its name.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gradus/base/memory.h"
#include "gradus/base/parallel.h"
#include "gradus/io/json.h"
#include "gradus/train/profile.h"

namespace gradus::tools {

struct BenchSettings {
  int64_t steps = 0;           // 0: chosen by the workload
  Profile* profile = nullptr;  // of the measured steps, if the workload has steps
  std::string file{};          // of quality: the text; "": one that gradus makes up
  double target = 0;           // of quality: the loss to reach; 0: chosen for the made-up text
};

struct Workload {
  const char *name, *summary;
  Json (*run)(const BenchSettings&);
};

extern const Workload bench_w1, bench_w2, bench_w3, bench_w4, bench_w5, bench_w6, bench_w7,
    bench_w8, bench_w9, bench_w10_gru, bench_w10_lstm, bench_embed, bench_greedy, bench_beam,
    bench_quality;

inline constexpr const Workload* all_workloads[] = {
    &bench_w1,       &bench_w2,    &bench_w3,     &bench_w4,   &bench_w5,
    &bench_w6,       &bench_w7,    &bench_w8,     &bench_w9,   &bench_w10_gru,
    &bench_w10_lstm, &bench_embed, &bench_greedy, &bench_beam, &bench_quality};

/// Seconds of this process: processor time for one thread, since other processes may run; wall time
/// for more threads, or if the processor clock is too coarse.
double bench_clock();

/// `v` rounded to `digits` decimals.
double rounded(double v, int digits);

/// The middle value, or the mean of the two middle ones.
double median(std::vector<double> values);
/// The exponent p of the best fit y = c x^p: the slope of log y over log x by least squares.
double fitted_exponent(const std::vector<double>& x, const std::vector<double>& y);

/// Measures calls of functions, after a warm-up.
class Stopwatch {
 public:
  Stopwatch(int64_t warmup, int64_t steps) : warmup_(warmup), steps_(steps) {}
  /// Median seconds per call of f(), over blocks of `inner` calls.
  template <class F> double seconds(F&& f, int64_t inner = 1) {
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
  /// Memory blocks that the measured calls took from the system instead of the cache: 0 for a
  /// steady step.
  int64_t misses() const { return misses_; }

 private:
  int64_t warmup_, steps_, misses_ = 0;
};

/// A new line: workload, framework, threads and BLAS.
Json bench_line(const char* workload);
/// Appends cache misses and the peak memory of the process.
void finish_line(Json& line, int64_t misses);

/// Runs a workload of whole training steps: calls step() and reports times like the PyTorch
/// scripts. `tokens` and `gflop` (of matrix products) are per step.
struct StepFacts {
  double tokens = 0, gflop = 0;
  int64_t parameters = 0;
  int64_t warmup = 5, steps = 50;
};
Json time_steps(const char* workload, const BenchSettings& settings, const StepFacts& facts,
                const std::function<void()>& step);
/// The same for a step that reads `sentences` sentences, with their number and rate.
Json time_sentences(const char* workload, const BenchSettings& settings, const StepFacts& facts,
                    int64_t sentences, const std::function<void()>& step);

}  // namespace gradus::tools
