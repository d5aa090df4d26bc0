// SPDX-License-Identifier: MIT
// Adam, SGD and gradient norms: a single pass over each block of a parameter.
#pragma once
#include <cmath>
#include <cstdint>

namespace gradus::kernels {

/// The scalars of one Adam step, in double; a kernel rounds them once.
struct AdamStep {
  double beta1, beta2, eps;
  double step_size;        // lr / (1 - beta1^t)
  double root_correction;  // sqrt(1 - beta2^t)
  double decay;            // factor on the parameter: 1 - lr * weight_decay for AdamW, else 1
  double l2;               // weight_decay of Adam: added to the gradient, else 0
  double sign;             // -1 maximises
};

/// m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
/// p = decay p - step_size m / (sqrt(v) / root_correction + eps); with `amsgrad`, `top` is the
/// largest v so far and replaces it in the denominator.
template <bool amsgrad, class T>
void adam(int64_t n, const AdamStep& s, const T* __restrict g, T* __restrict p, T* __restrict m,
          T* __restrict v, T* __restrict top) {
  const T b1 = static_cast<T>(s.beta1), c1 = static_cast<T>(1 - s.beta1);
  const T b2 = static_cast<T>(s.beta2), c2 = static_cast<T>(1 - s.beta2);
  const T eps = static_cast<T>(s.eps), step = static_cast<T>(-s.step_size);
  const T inverse = static_cast<T>(1 / s.root_correction);
  const T decay = static_cast<T>(s.decay), l2 = static_cast<T>(s.l2), sign = static_cast<T>(s.sign);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const T grad = std::fma(l2, p[i], sign * g[i]);
    m[i] = std::fma(b1, m[i], c1 * grad);
    v[i] = std::fma(b2, v[i], c2 * grad * grad);
    T second = v[i];
    if constexpr (amsgrad) second = top[i] = top[i] > v[i] ? top[i] : v[i];
    const T denominator = std::fma(std::sqrt(second), inverse, eps);
    p[i] = std::fma(step, m[i] / denominator, decay * p[i]);
  }
}

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

/// Sum of squares, in double, over sixteen lanes in a fixed order.
template <class T> double square_sum(int64_t n, const T* g) {
  constexpr int64_t lanes = 16;
  double lane[lanes] = {};
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
#pragma omp simd
    for (int64_t k = 0; k < lanes; ++k) {
      const double x = static_cast<double>(g[i + k]);
      lane[k] = std::fma(x, x, lane[k]);
    }
  for (; i < n; ++i) lane[i % lanes] += static_cast<double>(g[i]) * static_cast<double>(g[i]);
  double sum = 0;
  for (double x : lane) sum += x;
  return sum;
}

template <class T> double power_sum(int64_t n, const T* g, double p) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += std::pow(std::abs(static_cast<double>(g[i])), p);
  return sum;
}

/// The largest absolute value; NaN if there is one.
template <class T> double largest(int64_t n, const T* g) {
  T top = 0;
  for (int64_t i = 0; i < n; ++i) {
    const T x = std::abs(g[i]);
    top = x > top || x != x ? x : top;
  }
  return static_cast<double>(top);
}

template <class T> void scale(int64_t n, double factor, T* g) {
  const T f = static_cast<T>(factor);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) g[i] *= f;
}

template <class T> void clamp_values(int64_t n, double limit, T* g) {
  const T top = static_cast<T>(limit);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) g[i] = g[i] > top ? top : g[i] < -top ? -top : g[i];
}

}  // namespace gradus::kernels
