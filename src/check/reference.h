// SPDX-License-Identifier: MIT
// Plain compositions that several rows share: scalar loops over doubles or dual numbers, the
// textbook form of what the fused ops compute.
#pragma once
#include <cmath>

#include "check/array.h"

namespace gradus::check {

/// Leading axes are a batch, broadcast; a vector is one row at the left, one column at the right.
template <class T>
Array<T> plain_matmul(const Array<T>& a, const Array<T>& b) {
  Shape left = a.shape, right = b.shape;
  if (left.size() == 1) left.insert(0, 1);
  if (right.size() == 1) right.push_back(1);
  const auto batch = [](Shape s) {
    s.erase(s.size() - 1);
    s.erase(s.size() - 1);
    return s;
  };
  Shape shape = broadcast_shapes("plain_matmul", batch(left), batch(right));
  shape.push_back(left[left.size() - 2]);
  shape.push_back(right.back());
  Array<T> y(shape);
  for (int64_t e = 0; e < y.count(); ++e) {
    Dims at_a = coordinates(shape, e), at_b = at_a;
    for (int64_t k = 0; k < left.back(); ++k) {
      at_a[shape.size() - 1] = k, at_b[shape.size() - 2] = k;
      y[e] += a[flat_index(left, at_a)] * b[flat_index(right, at_b)];
    }
  }
  if (b.shape.size() == 1) y.shape.erase(y.shape.size() - 1);
  if (a.shape.size() == 1) y.shape.erase(y.shape.size() - (b.shape.size() == 1 ? 1 : 2));
  return y;
}

template <class T>
T plain_gelu(T x) {
  using std::erf;
  return x * 0.5 * (1 + erf(x * std::sqrt(0.5)));
}

template <class T>
T plain_gelu_tanh(T x) {
  using std::tanh;
  return x * 0.5 * (1 + tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

}  // namespace gradus::check
