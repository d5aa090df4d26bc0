// SPDX-License-Identifier: MIT
// Estimates memory from the allocator's use for small batches, and from the system's limits.
#include "tools/app/estimate.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <sstream>

#include "gradus/autograd/node.h"
#include "gradus/base/memory.h"
#include "gradus/base/random.h"

namespace gradus::tools {
namespace {

constexpr double safety = 1.2;  // for rounded block sizes and cached free blocks
constexpr double value_bytes = 4;

double number_in(const char* path) {
  std::ifstream file(path);
  double v = 0;
  return file >> v ? v : std::numeric_limits<double>::infinity();
}

// The value of a line "NAME:   123 kB" in a file of /proc, in bytes.
double kilobytes(const char* path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    double v = 0;
    if (words >> key >> v && key == name + ":") return v * 1024;
  }
  return std::numeric_limits<double>::infinity();
}

// The peak memory during f(), above the memory in use before.
template <class F> double peak_of(F f) {
  const int64_t before = live_bytes();
  reset_peak_bytes();
  f();
  return static_cast<double>(peak_bytes() - before);
}

}  // namespace

int64_t MemoryEstimate::largest_batch(double available) const {
  if (fixed + per_sample > available) return 0;
  return static_cast<int64_t>(std::min((available - fixed) / std::max(per_sample, 1.0), 1e15));
}

MemoryEstimate estimate_memory(TaskRun& t, Trains& training) {
  const Draw place = default_generator().place();
  Module& model = t.model();
  const double weights = value_bytes * static_cast<double>(model.count());
  const int64_t batch = std::min(t.common.batch_size, training.samples());
  // The memory that a forward pass keeps for the backward one. The peak of a small step would not
  // show it: there the gradients of the parameters dominate.
  const auto kept = [&](int64_t count) {
    const int64_t before = live_bytes();
    const Tensor loss = training.probe(count);
    return static_cast<double>(live_bytes() - before);
  };
  const int64_t few = std::clamp<int64_t>(batch, 2, 4);
  const double one = kept(1), several = kept(few);
  MemoryEstimate e;
  e.per_sample = safety * std::max((several - one) / static_cast<double>(few - 1), 0.0);
  const NoGrad no_grad;
  const auto at_once =
      static_cast<double>(std::min<int64_t>(training.evaluated(), 128));  // series per batch
  const double seen = peak_of([&] { training.probe(4); }) / 4 * at_once;
  // Two moments of Adam, and the copies of weights and moments while saving; by then the blocks of
  // the gradients are free for reuse. Steps and evaluations use blocks of different sizes, so their
  // memory adds up.
  const double state = (2 + 3) * weights;
  e.fixed = safety * (one + state + seen) - e.per_sample + training.epoch_bytes();
  default_generator().restore(place);
  return e;
}

double available_memory() {
  double least = kilobytes("/proc/meminfo", "MemAvailable");
  const double group = number_in("/sys/fs/cgroup/memory.max");  // "max" is not a number
  if (const double used = number_in("/sys/fs/cgroup/memory.current");
      std::isfinite(group) && std::isfinite(used))
    least = std::min(least, group - used);
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    // It limits address space, of which large aligned blocks and threads take more than memory.
    least = std::min(least, 0.8 * (static_cast<double>(limit.rlim_cur) -
                                   kilobytes("/proc/self/status", "VmSize")));
  return std::max(least, 0.0);
}

std::string size_text(double bytes) {
  const char* units[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
  size_t unit = 0;
  for (bytes /= 1e3; bytes >= 999.5 && unit < 5; ++unit) bytes /= 1e3;
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
  return buffer;
}

void check_parameters(const TaskRun& t) {
  const auto count = static_cast<double>(t.parameters());
  const double needed = count * value_bytes * 5, free = available_memory();
  if (needed <= free) return;
  char words[64];
  std::snprintf(words, sizeof words, "%.3g", count);
  file_error({"the model would have ", words, " parameters, which take ", size_text(needed),
              " of memory with gradients and moments; ", size_text(free),
              " are free.\nTry a smaller --d-model, --dim-feedforward or --layers"});
}

void check_memory(const TaskRun& t, const Trains& training, const MemoryEstimate& e) {
  const int64_t batch = std::min(t.common.batch_size, training.samples());
  const double needed = e.bytes(batch), free = available_memory();
  if (needed <= free) return;
  if (training.epoch_bytes() > free / 2)
    file_error({"the data of an epoch take about ", size_text(training.epoch_bytes()),
                " of memory, ", size_text(free), " are free; try a smaller --train-size"});
  const int64_t fits = e.largest_batch(free);
  file_error({"a step of ", batch, " samples takes about ", size_text(needed), " of memory, ",
              size_text(free), " are free; ",
              fits > 0 ? text({"the largest that fits is --batch-size ", fits})
                       : "not even --batch-size 1 fits: try a smaller model"});
}

}  // namespace gradus::tools
