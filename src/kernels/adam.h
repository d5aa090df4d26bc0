// SPDX-License-Identifier: MIT
// Steps of Adam: a single pass over each block of a parameter. Formulas: gradus/optim/adam.h.
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
  bool amsgrad;
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
/// The same with m, v and, for amsgrad, `top` in `state`.
template <class T> void adam(int64_t n, const AdamStep& s, const T* g, T* p, T* const* state) {
  if (s.amsgrad) adam<true>(n, s, g, p, state[0], state[1], state[2]);
  else adam<false>(n, s, g, p, state[0], state[1], state[2]);
}

}  // namespace gradus::kernels
