// SPDX-License-Identifier: MIT
// The cells of recurrent layers: their formulas on one row of H units, forward and backward.
//   a   the input's contribution W x + b, in parts of width H;  u   the state's contribution
//   h   the previous state;  c   the second state of the LSTM, else null;  y   the new state
//   kept   saved by forward() for backward(), in parts of width H
// backward() replaces dh, the gradient of y, by the part of the gradient of h that does not pass
// through u, and dc by the gradient of the previous c; it writes da and du.
#pragma once
#include "kernels/math.h"

namespace gradus::kernels {

/// y = f(a + u), f tanh or relu.  Source: Elman 1990.
template <bool relu> struct RnnCell {
  static constexpr int gates = 1, kept = 0;
  static constexpr bool has_c = false, same_gradients = true;
  template <class T>
  static void forward(int64_t H, const T* a, const T* u, const T*, T*, T*, T* y) {
#pragma omp simd
    for (int64_t j = 0; j < H; ++j) {
      const T z = a[j] + u[j];
      y[j] = relu ? (z < 0 ? T(0) : z) : tanh(z);
    }
  }
  template <class T>
  static void backward(int64_t H, const T*, const T* y, const T*, const T*, T* dh, T*, T* da,
                       T* du) {
#pragma omp simd
    for (int64_t j = 0; j < H; ++j) {
      da[j] = du[j] = relu ? (y[j] > 0 ? dh[j] : T(0)) : dh[j] * (1 - y[j] * y[j]);
      dh[j] = 0;
    }
  }
};

/// r = s(a_r + u_r), z = s(a_z + u_z), n = tanh(a_n + r u_n), y = n + z (h - n).
/// Source: Cho et al. 2014, with the bias of u_n inside as in torch.nn.
struct GruCell {
  static constexpr int gates = 3, kept = 4;  // r, z, n, u_n
  static constexpr bool has_c = false, same_gradients = false;
  template <class T>
  static void forward(int64_t H, const T* a, const T* u, const T* h, T*, T* k, T* y) {
#pragma omp simd
    for (int64_t j = 0; j < H; ++j) {
      const T r = sigmoid(a[j] + u[j]), z = sigmoid(a[H + j] + u[H + j]), v = u[2 * H + j];
      const T n = tanh(a[2 * H + j] + r * v);
      k[j] = r, k[H + j] = z, k[2 * H + j] = n, k[3 * H + j] = v;
      y[j] = n + z * (h[j] - n);
    }
  }
  template <class T>
  static void backward(int64_t H, const T* k, const T*, const T* h, const T*, T* dh, T*, T* da,
                       T* du) {
#pragma omp simd
    for (int64_t j = 0; j < H; ++j) {
      const T r = k[j], z = k[H + j], n = k[2 * H + j], v = k[3 * H + j], d = dh[j];
      const T dn = d * (1 - z) * (1 - n * n);
      da[j] = du[j] = dn * v * r * (1 - r);
      da[H + j] = du[H + j] = d * (h[j] - n) * z * (1 - z);
      da[2 * H + j] = dn, du[2 * H + j] = dn * r;
      dh[j] = d * z;
    }
  }
};

/// i, f, o = s(a + u), g = tanh(a + u), c = f c + i g, y = o tanh(c).
/// Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000.
struct LstmCell {
  static constexpr int gates = 4, kept = 5;  // i, f, g, o, c
  static constexpr bool has_c = true, same_gradients = true;
  template <class T>
  static void forward(int64_t H, const T* a, const T* u, const T*, T* c, T* k, T* y) {
#pragma omp simd
    for (int64_t j = 0; j < H; ++j) {
      const T i = sigmoid(a[j] + u[j]), f = sigmoid(a[H + j] + u[H + j]);
      const T g = tanh(a[2 * H + j] + u[2 * H + j]), o = sigmoid(a[3 * H + j] + u[3 * H + j]);
      const T now = f * c[j] + i * g;
      k[j] = i, k[H + j] = f, k[2 * H + j] = g, k[3 * H + j] = o, k[4 * H + j] = c[j] = now;
      y[j] = o * tanh(now);
    }
  }
  template <class T>
  static void backward(int64_t H, const T* k, const T*, const T*, const T* c_before, T* dh, T* dc,
                       T* da, T* du) {
#pragma omp simd
    for (int64_t j = 0; j < H; ++j) {
      const T i = k[j], f = k[H + j], g = k[2 * H + j], o = k[3 * H + j];
      const T tanh_c = tanh(k[4 * H + j]), d = dc[j] + dh[j] * o * (1 - tanh_c * tanh_c);
      da[j] = du[j] = d * g * i * (1 - i);
      da[H + j] = du[H + j] = d * c_before[j] * f * (1 - f);
      da[2 * H + j] = du[2 * H + j] = d * i * (1 - g * g);
      da[3 * H + j] = du[3 * H + j] = dh[j] * tanh_c * o * (1 - o);
      dc[j] = d * f;
      dh[j] = 0;
    }
  }
};

}  // namespace gradus::kernels
