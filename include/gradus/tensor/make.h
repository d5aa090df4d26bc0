// SPDX-License-Identifier: MIT
// Making tensors, comparing and printing them. Functions that draw take default_generator() where
// none is given.
// Next: autograd/rule.h
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
/// start, start + step, ... below (above, for a negative step) end; from 0 where one number is
/// given.
Tensor arange(double start, double end, double step = 1, DType dtype = DType::i64);
inline Tensor arange(double end, DType dtype = DType::i64) { return arange(0, end, 1, dtype); }
/// `count` numbers at equal distances, both ends among them.
Tensor linspace(double start, double end, int64_t count, DType dtype = default_dtype());
/// Standard normal, uniform in [0, 1), whole numbers in [low, high).
Tensor randn(const Shape& shape, Generator& gen, DType dtype = default_dtype());
Tensor randn(const Shape& shape, DType dtype = default_dtype());
Tensor rand(const Shape& shape, Generator& gen, DType dtype = default_dtype());
Tensor rand(const Shape& shape, DType dtype = default_dtype());
Tensor randint(int64_t low, int64_t high, const Shape& shape, Generator& gen = default_generator());
/// A permutation of 0 .. n - 1, each equally likely.
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

/// From values in row-major order; throws std::invalid_argument unless their count fits the shape,
/// or the rows are of one length. Whole numbers in a vector become i64.
Tensor tensor(std::span<const double> values, const Shape& shape, DType dtype = default_dtype());
Tensor tensor(std::initializer_list<std::initializer_list<double>> rows,
              DType dtype = default_dtype());
/// {{0}, {1}} could be two numbers as well as two rows: a template comes second, so it is rows.
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
/// A printout as NumPy's: rows in brackets, long axes shortened in the middle.
std::string format(const Tensor& x, int digits = 4);
/// The same, then dtype and shape.
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace gradus
