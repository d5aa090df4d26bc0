// SPDX-License-Identifier: MIT
// What the methods of gemm() share: scratch memory, and blocks of C.
#pragma once
#include <algorithm>

#include "gradus/base/memory.h"
#include "kernels/gemm.h"

namespace gradus::kernels {

// Scratch memory for the duration of a product.
template <class T> struct Scratch {
  explicit Scratch(int64_t count) : bytes(sizeof(T) * static_cast<size_t>(count)) {
    data = static_cast<T*>(allocate(bytes));
  }
  ~Scratch() { deallocate(data, bytes); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  size_t bytes;
  T* data;
};

// Blocks of C: `rows` x `cols` each, processed in parallel if there are several.
struct Blocks {
  Product size;
  int64_t rows, cols;
  int64_t down() const { return (size.m + rows - 1) / rows; }
  int64_t across() const { return (size.n + cols - 1) / cols; }
  template <class Body> void each(Body&& body) const {
    parallel_blocks(down() * across(), [&](int64_t block) {
      const int64_t r = block % down() * rows, c = block / down() * cols;
      body(r, c, std::min(rows, size.m - r), std::min(cols, size.n - c));
    });
  }
};

}  // namespace gradus::kernels
