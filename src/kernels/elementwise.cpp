// SPDX-License-Identifier: MIT
// How elementwise loops walk over dense and strided operands of any element size.
#include "kernels/elementwise.h"

#include <algorithm>
#include <cstring>

namespace gradus::kernels {
namespace {

constexpr int64_t chunk = 256;  // elements of a repeated operand that stand in a buffer

void repeat(const char* element, int64_t bytes, int64_t n, char* to) {
  if (bytes == 1) {
    std::memset(to, *element, static_cast<size_t>(n));
  } else if (bytes == 4) {
    uint32_t v;
    std::memcpy(&v, element, sizeof v);
    std::fill_n(reinterpret_cast<uint32_t*>(to), n, v);
  } else {
    uint64_t v;
    std::memcpy(&v, element, sizeof v);
    std::fill_n(reinterpret_cast<uint64_t*>(to), n, v);
  }
}

// A run in which some operands are one element repeated: those stand in a buffer.
void run_repeated(const Map& m, char* (&at)[Map::most], const int64_t* stride, int64_t n) {
  alignas(64) char buffer[Map::most][chunk * sizeof(uint64_t)];
  int64_t step[Map::most];
  for (int k = 0; k < m.operands; ++k) {
    step[k] = stride[k] * m.bytes[k] * chunk;
    if (stride[k] != 0) continue;
    repeat(at[k], m.bytes[k], std::min(n, chunk), buffer[k]);
    at[k] = buffer[k];
  }
  for (int64_t i = 0; i < n; i += chunk) {
    m.run(m.f, std::min(chunk, n - i), at);
    for (int k = 0; k < m.operands; ++k) at[k] += step[k];
  }
}

}  // namespace

void map(const Map& m, int64_t n) {
  parallel_for(n, m.grain, [&m](int64_t begin, int64_t end) {
    char* at[Map::most];
    for (int k = 0; k < m.operands; ++k) at[k] = m.at[k] + begin * m.bytes[k];
    m.run(m.f, end - begin, at);
  });
}

void map(const Map& m, const StridedLoop<Map::most>& loop) {
  for_each_run(loop, m.grain, [&m](const int64_t* offset, const int64_t* stride, int64_t n) {
    char* at[Map::most];
    bool dense = true;
    for (int k = 0; k < m.operands; ++k) {
      at[k] = m.at[k] + offset[k] * m.bytes[k];
      dense = dense && stride[k] == 1;
    }
    if (dense || n == 1) m.run(m.f, n, at);
    else run_repeated(m, at, stride, n);
  });
}

}  // namespace gradus::kernels
