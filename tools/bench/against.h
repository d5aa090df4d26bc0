// SPDX-License-Identifier: MIT
// gradus bench --against: this program and another build of it, measured in alternating pairs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tools/bench/bench.h"

namespace gradus::tools {

struct Against {
  std::string program{};  // the other build; "": none
  int64_t pairs = 5;
  BenchSettings bench{};
  bool json = false;  // one JSON line per workload instead of a table
};

/// Measures each of `workloads` with both programs and prints a row or a line for it.
void bench_against(const Against& a, const std::vector<std::string>& workloads);

}  // namespace gradus::tools
