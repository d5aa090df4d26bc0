// SPDX-License-Identifier: MIT
// Steps of SGD: a single pass over each block of a parameter. Formulas: gradus/optim/sgd.h.
#pragma once
#include <cmath>
#include <cstdint>

namespace gradus::kernels {

struct SgdStep {
  double lr, momentum, keep, weight_decay, sign;  // keep = 1 - dampening; 1 in the first step
  bool nesterov;
};

/// g = sign g + weight_decay p,  b = momentum b + keep g,  p -= lr (nesterov ? g + momentum b : b);
/// without momentum `b` is unused and may be null.
template <class T>
void sgd(int64_t n, const SgdStep& s, const T* __restrict g, T* __restrict p, T* __restrict b) {
  const T lr = static_cast<T>(-s.lr), momentum = static_cast<T>(s.momentum);
  const T keep = static_cast<T>(s.keep), l2 = static_cast<T>(s.weight_decay);
  const T sign = static_cast<T>(s.sign);
  if (s.momentum == 0) {
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) p[i] = std::fma(lr, std::fma(l2, p[i], sign * g[i]), p[i]);
    return;
  }
  const T ahead = s.nesterov ? momentum : T{1}, now = s.nesterov ? T{1} : T{0};
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const T grad = std::fma(l2, p[i], sign * g[i]);
    b[i] = std::fma(momentum, b[i], keep * grad);
    p[i] = std::fma(lr, std::fma(ahead, b[i], now * grad), p[i]);
  }
}

}  // namespace gradus::kernels
