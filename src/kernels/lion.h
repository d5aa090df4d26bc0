// SPDX-License-Identifier: MIT
// Steps of Lion: a single pass over each block of a parameter. Formulas: gradus/optim/lion.h.
#pragma once
#include <cmath>
#include <cstdint>

namespace gradus::kernels {

struct LionStep {
  double lr, beta1, beta2, decay, sign;  // decay: factor on the parameter, 1 - lr weight_decay
};

/// c = beta1 m + (1 - beta1) g,  p = decay p - lr sign(c),  m = beta2 m + (1 - beta2) g.
template <class T>
void lion(int64_t n, const LionStep& s, const T* __restrict g, T* __restrict p, T* __restrict m) {
  const T b1 = static_cast<T>(s.beta1), c1 = static_cast<T>(s.sign * (1 - s.beta1));
  const T b2 = static_cast<T>(s.beta2), c2 = static_cast<T>(s.sign * (1 - s.beta2));
  const T lr = static_cast<T>(s.lr), decay = static_cast<T>(s.decay);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const T c = std::fma(b1, m[i], c1 * g[i]);
    const T step = c > 0 ? lr : c < 0 ? -lr : c * lr;  // c * lr: 0, or NaN
    p[i] = std::fma(decay, p[i], -step);
    m[i] = std::fma(b2, m[i], c2 * g[i]);
  }
}

}  // namespace gradus::kernels
