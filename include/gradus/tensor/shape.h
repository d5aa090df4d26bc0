// SPDX-License-Identifier: MIT
// Shapes and layouts: small values without heap memory. A layout maps element (i, j, ...) of a
// tensor to its position in the storage: offset + i * strides[0] + j * strides[1] + ...
// Next: tensor/index.h
#pragma once
#include <concepts>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>

#include "gradus/base/error.h"

namespace gradus {

inline constexpr int max_rank = 8;

/// Up to eight whole numbers, inline: a shape, a list of strides or a list of axes.
class Dims {
 public:
  Dims() { std::memset(v_, 0, sizeof v_); }
  Dims(const Dims& o) { take(o); }
  Dims& operator=(const Dims& o) {
    take(o);
    return *this;
  }
  Dims(std::initializer_list<int64_t> values)
      : Dims(std::span<const int64_t>(values.begin(), values.size())) {}
  /// One value, so that a plain number works as a single axis or size: sum(x, -1), zeros(5).
  template <std::integral I> Dims(I value) : Dims() {
    static_assert(!std::same_as<I, bool>, "expected axes or sizes; keepdim is the next argument");
    rank_ = 1;
    v_[0] = static_cast<int64_t>(value);
  }
  /// Throws std::invalid_argument for more than eight values.
  explicit Dims(std::span<const int64_t> values);
  /// `rank` equal values.
  static Dims filled(int rank, int64_t value);

  int size() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  int64_t operator[](int i) const { return v_[i]; }
  int64_t& operator[](int i) { return v_[i]; }
  int64_t back() const { return v_[rank_ - 1]; }
  const int64_t* begin() const { return v_; }
  const int64_t* end() const { return v_ + rank_; }
  /// Throws std::invalid_argument if there are already eight values.
  void push_back(int64_t value);
  void insert(int at, int64_t value);
  void erase(int at);
  bool contains(int64_t value) const;
  friend bool operator==(const Dims& a, const Dims& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a.v_[i] != b.v_[i]) return false;
    return true;
  }
  /// "[2, 3]".
  std::string str() const;
  operator Piece() const { return Piece(str()); }

 private:
  friend struct Layout;
  // Every op copies handles, and most shapes are short: the upper half is copied only if used.
  void take(const Dims& o) {
    rank_ = o.rank_;
    std::memcpy(v_, o.v_, sizeof v_ / 2);
    if (rank_ > max_rank / 2) [[unlikely]]
      take_upper_half(o);
  }
  void take_upper_half(const Dims& o);
  int rank_ = 0;
  int64_t v_[max_rank];  // only the first rank_ are initialised
};

using Shape = Dims;    // sizes, outermost first; [] is a scalar
using Strides = Dims;  // in elements
using Axes = Dims;     // axis numbers

namespace detail {
[[noreturn]] void impossible_shape(const char* op, const Shape& shape);
}

/// The number of elements. Throws std::invalid_argument, with `op` in the message, if a size is
/// negative or the product of the non-zero sizes does not fit into 48 bits.
inline int64_t numel(const Shape& shape, const char* op = "shape") {
  constexpr int64_t limit = int64_t{1} << 48;  // strides and byte counts stay far from overflow
  int64_t product = 1;
  bool zero = false;
  for (int64_t n : shape) {
    zero = zero || n == 0;
    if (n < 0 || __builtin_mul_overflow(product, n ? n : 1, &product) || product > limit)
        [[unlikely]]
      detail::impossible_shape(op, shape);
  }
  return zero ? 0 : product;
}

/// Maps axis -rank..rank-1 to 0..rank-1; others throw "op: axis 3 is out of range for ...".
int checked_axis(const char* op, int64_t axis, const Shape& shape);
/// The same for a list; a repeated axis throws. An empty list means all axes.
Axes checked_axes(const char* op, const Axes& axes, const Shape& shape);

/// The common shape under broadcasting: aligned at the right, sizes equal or 1.
/// Throws "op: shapes [2, 3] and [4] cannot be broadcast together: axis -1 has 3 and 4".
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

struct Layout {
  int64_t offset = 0;
  Shape shape{};
  Strides strides{};

  /// Row-major, without gaps.
  static Layout contiguous(const Shape& shape) { return Layout(shape); }
  Layout() {}
  explicit Layout(const Shape& of) : shape(of) {
    int64_t stride = 1;
    strides.rank_ = of.rank_;
    for (int i = of.rank_ - 1; i >= 0; --i) {
      strides[i] = stride;
      stride *= of[i] > 0 ? of[i] : 1;
    }
  }
  bool is_contiguous() const {
    int64_t expected = 1;
    for (int i = shape.size() - 1; i >= 0; --i) {
      if (shape[i] != 1 && strides[i] != expected) return shape.contains(0);
      expected *= shape[i];
    }
    return true;
  }
  /// Whether two indices may address the same element: an axis longer than 1 has stride 0, or
  /// strides interleave.
  bool overlaps() const;

  // Views. The calling op checks the arguments.
  Layout transposed(int a, int b) const;
  Layout permuted(const Axes& order) const;
  Layout sliced(int axis, int64_t start, int64_t length, int64_t step) const;
  Layout selected(int axis, int64_t index) const;
  Layout broadcast(const Shape& to) const;
  /// Reshapes to `to` (same element count) without copying; false if the strides do not allow it.
  bool reshaped(const Shape& to, Layout& out) const;
};

}  // namespace gradus
