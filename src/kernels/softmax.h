// SPDX-License-Identifier: MIT
// softmax over lines of a [outer, n, inner] array, forward and backward.
#pragma once
#include <cmath>

#include "gradus/base/parallel.h"

namespace gradus::kernels {

template <class T>
void softmax(int64_t rows, int64_t cols, const T* x, T* y) {
  parallel_for(rows, 8192 / (cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* in = x + r * cols;
      T* out = y + r * cols;
      T m = -INFINITY, sum = 0;
      for (int64_t i = 0; i < cols; ++i) m = in[i] > m ? in[i] : m;
      for (int64_t i = 0; i < cols; ++i) sum += out[i] = std::exp(in[i] - m);
      for (int64_t i = 0; i < cols; ++i) out[i] /= sum;
    }
  });
}

template <class T>
void softmax_backward(int64_t rows, int64_t cols, const T* y, const T* dy, T* dx) {
  parallel_for(rows, 8192 / (cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t at = r * cols;
      T dot = 0;
      for (int64_t i = 0; i < cols; ++i) dot += dy[at + i] * y[at + i];
      for (int64_t i = 0; i < cols; ++i) dx[at + i] = y[at + i] * (dy[at + i] - dot);
    }
  });
}

}  // namespace gradus::kernels
