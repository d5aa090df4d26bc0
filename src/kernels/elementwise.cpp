// SPDX-License-Identifier: MIT
// Elementwise loops over dense and strided operands of any element size.
#include "kernels/elementwise.h"

#include <algorithm>
#include <cstring>

namespace gradus::kernels {
namespace {

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

struct alignas(64) Buffer {
  char bytes[map_chunk * sizeof(uint64_t)];
};

// A run in which some operands are a repeated element, which is expanded into a buffer.
void run_repeated(const Map& m, char* (&at)[Map::most], const int64_t* stride, int64_t n) {
  Buffer buffer[Map::most];
  int64_t step[Map::most];
  for (int k = 0; k < m.operands; ++k) {
    step[k] = stride[k] * m.bytes[k] * map_chunk;
    if (stride[k] != 0) continue;
    repeat(at[k], m.bytes[k], std::min(n, map_chunk), buffer[k].bytes);
    at[k] = buffer[k].bytes;
  }
  for (int64_t i = 0; i < n; i += map_chunk) {
    m.run(m.f, std::min(map_chunk, n - i), at);
    for (int k = 0; k < m.operands; ++k) at[k] += step[k];
  }
}

// Gathers rows of `cols` elements, `between` apart, contiguously; `stride` is the element stride.
void gather(const char* from, int64_t bytes, int64_t rows, int64_t between, int64_t cols,
            int64_t stride, char* to) {
  for (int64_t r = 0; r < rows; ++r, from += between * bytes, to += cols * bytes)
    if (stride == 1) std::memcpy(to, from, static_cast<size_t>(cols * bytes));
    else repeat(from, bytes, cols, to);
}

// Short rows: calling the inner loop for each would cost more than its work. Rows of operands that
// are not contiguous (a bias, a statistic of each row) are gathered in a buffer.
void map_short_rows(const Map& m, const StridedLoop<Map::most>& loop) {
  const int inner = loop.rank - 1;
  const int64_t cols = loop.shape[inner], most_rows = map_chunk / cols;
  StridedLoop<Map::most> rows = loop;
  rows.rank = inner;
  for_each_run(rows, m.grain / cols, [&](const int64_t* offset, const int64_t* between, int64_t n) {
    Buffer buffer[Map::most];
    for (int64_t i = 0; i < n; i += most_rows) {
      const int64_t count = std::min(most_rows, n - i);
      char* at[Map::most];
      for (int k = 0; k < m.operands; ++k) {
        const int64_t stride = loop.stride[k][inner];
        at[k] = m.at[k] + (offset[k] + i * between[k]) * m.bytes[k];
        if (stride == 1 && between[k] == cols) continue;
        if (i == 0 || between[k] != 0)  // else the buffer already contains these rows
          gather(at[k], m.bytes[k], count, between[k], cols, stride, buffer[k].bytes);
        at[k] = buffer[k].bytes;
      }
      m.run(m.f, count * cols, at);
    }
  });
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
  const int inner = loop.rank - 1;
  if (inner > 0 && loop.shape[inner] > 0 && loop.shape[inner] < map_short_row)
    return map_short_rows(m, loop);
  bool dense = true;
  for (int k = 0; k < m.operands; ++k) dense = dense && inner >= 0 && loop.stride[k][inner] == 1;
  for_each_run(loop, m.grain, [&](const int64_t* offset, const int64_t* stride, int64_t n) {
    char* at[Map::most];
    for (int k = 0; k < m.operands; ++k) at[k] = m.at[k] + offset[k] * m.bytes[k];
    if (dense || n == 1) m.run(m.f, n, at);
    else run_repeated(m, at, stride, n);
  });
}

}  // namespace gradus::kernels
