// SPDX-License-Identifier: MIT
// Steps of RMSprop and Adagrad. Formulas: gradus/optim/rmsprop.h.
#pragma once
#include <cmath>
#include <cstdint>

namespace gradus::kernels {

struct RMSpropStep {
  double lr, alpha, eps, weight_decay, momentum, sign;
  bool centered;
};
// v: running mean of squares; b: momentum, m: running mean of gradients, null if unused.
template <class T>
void rmsprop(int64_t n, const RMSpropStep& s, const T* g, T* p, T* v, T* b, T* m) {
  const T lr = static_cast<T>(s.lr), alpha = static_cast<T>(s.alpha), eps = static_cast<T>(s.eps);
  const T rest = static_cast<T>(1 - s.alpha), decay = static_cast<T>(s.weight_decay);
  const T momentum = static_cast<T>(s.momentum), sign = static_cast<T>(s.sign);
  for (int64_t i = 0; i < n; ++i) {
    const T x = sign * g[i] + decay * p[i];
    v[i] = alpha * v[i] + rest * x * x;
    T square = v[i];
    if (m) {
      m[i] += rest * (x - m[i]);
      square -= m[i] * m[i];
      if (square < 0) square = 0;  // equal gradients: rounding leaves a variance of 0 below 0
    }
    T step = x / (std::sqrt(square) + eps);
    if (b) step = b[i] = momentum * b[i] + step;
    p[i] -= lr * step;
  }
}

struct AdagradStep {
  double lr, eps, weight_decay, sign;
};
template <class T> void adagrad(int64_t n, const AdagradStep& s, const T* g, T* p, T* sum) {
  const T lr = static_cast<T>(s.lr), eps = static_cast<T>(s.eps), sign = static_cast<T>(s.sign);
  const T decay = static_cast<T>(s.weight_decay);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const T x = sign * g[i] + decay * p[i];
    sum[i] += x * x;
    p[i] -= lr * x / (std::sqrt(sum[i]) + eps);
  }
}

}  // namespace gradus::kernels
