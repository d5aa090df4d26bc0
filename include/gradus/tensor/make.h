// SPDX-License-Identifier: MIT
// Creating, comparing and printing tensors. Random functions use default_generator() unless given
// another.
// Next: tensor/fill.h
#pragma once
#include <type_traits>

#include "gradus/base/random.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

Tensor zeros(const Shape& shape, DType dtype = default_dtype());
Tensor ones(const Shape& shape, DType dtype = default_dtype());
Tensor full(const Shape& shape, double value, DType dtype = default_dtype());
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
/// The identity matrix, [n, n].
Tensor eye(int64_t n, DType dtype = default_dtype());
/// start, start + step, ... while below end (above it for a negative step). With a single number,
/// start is 0.
Tensor arange(double start, double end, double step = 1, DType dtype = DType::i64);
inline Tensor arange(double end, DType dtype = DType::i64) { return arange(0, end, 1, dtype); }
/// `count` equally spaced numbers, including both ends.
Tensor linspace(double start, double end, int64_t count, DType dtype = default_dtype());
/// Standard normal numbers (randn), uniform in [0, 1) (rand), integers in [low, high) (randint).
Tensor randn(const Shape& shape, Generator& gen, DType dtype = default_dtype());
Tensor randn(const Shape& shape, DType dtype = default_dtype());
Tensor rand(const Shape& shape, Generator& gen, DType dtype = default_dtype());
Tensor rand(const Shape& shape, DType dtype = default_dtype());
Tensor randint(int64_t low, int64_t high, const Shape& shape, Generator& gen = default_generator());
/// A uniformly random permutation of 0 .. n - 1.
Tensor randperm(int64_t n, Generator& gen = default_generator());

/// zeros(2, 3) for zeros({2, 3}).
template <std::integral... N> Tensor zeros(int64_t rows, int64_t cols, N... more) {
  return zeros(Shape{rows, cols, static_cast<int64_t>(more)...});
}
template <std::integral... N> Tensor ones(int64_t rows, int64_t cols, N... more) {
  return ones(Shape{rows, cols, static_cast<int64_t>(more)...});
}
template <std::integral... N> Tensor randn(int64_t rows, int64_t cols, N... more) {
  return randn(Shape{rows, cols, static_cast<int64_t>(more)...});
}
template <std::integral... N> Tensor rand(int64_t rows, int64_t cols, N... more) {
  return rand(Shape{rows, cols, static_cast<int64_t>(more)...});
}

/// A tensor of the given values in row-major order. Throws std::invalid_argument if their count
/// does not match the shape or the rows differ in length. Vectors of integers become i64.
Tensor tensor(std::span<const double> values, const Shape& shape, DType dtype = default_dtype());
Tensor tensor(std::initializer_list<std::initializer_list<double>> rows,
              DType dtype = default_dtype());
/// A template, because {{0}, {1}} could mean two numbers or two rows: overload resolution prefers
/// the non-template overload above, so it means rows.
template <class Number = double>
Tensor tensor(std::initializer_list<std::type_identity_t<Number>> values,
              DType dtype = default_dtype()) {
  return tensor({values.begin(), values.size()}, {static_cast<int64_t>(values.size())}, dtype);
}
Tensor tensor(double value, DType dtype = default_dtype());
Tensor tensor(const std::vector<double>& values, DType dtype = default_dtype());
Tensor tensor(const std::vector<float>& values, DType dtype = default_dtype());
Tensor tensor(const std::vector<int64_t>& values, DType dtype = DType::i64);
Tensor tensor(const std::vector<int>& values, DType dtype = DType::i64);
Tensor tensor(const std::vector<bool>& values, DType dtype = DType::boolean);
Tensor tensor(const std::vector<std::vector<double>>& rows, DType dtype = default_dtype());
Tensor tensor(const std::vector<std::vector<float>>& rows, DType dtype = default_dtype());
Tensor tensor(const std::vector<std::vector<int64_t>>& rows, DType dtype = DType::i64);

/// Equal shape, dtype and bits.
bool identical(const Tensor& a, const Tensor& b);
/// A printout in NumPy's style: rows in brackets, long axes abbreviated in the middle.
std::string format(const Tensor& x, int digits = 4);
/// Prints format(x), then dtype and shape.
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace gradus
