// SPDX-License-Identifier: MIT
// Shapes and layouts: small values without a heap. A layout says where element (i, j, ...) of a
// tensor lies in its storage: offset + i * strides[0] + j * strides[1] + ...
// Next: tensor/storage.h
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "gradus/base/error.h"

namespace gradus {

inline constexpr int max_rank = 8;

/// Up to eight whole numbers, inline: a shape, a list of strides or a list of axes.
class Dims {
 public:
  constexpr Dims() = default;
  Dims(std::initializer_list<int64_t> values)
      : Dims(std::span<const int64_t>(values.begin(), values.size())) {}
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
  /// Throws std::invalid_argument when there are eight already.
  void push_back(int64_t value);
  void insert(int at, int64_t value);
  void erase(int at);
  bool contains(int64_t value) const;
  friend bool operator==(const Dims& a, const Dims& b);
  /// "[2, 3]".
  std::string str() const;
  operator Piece() const { return Piece(str()); }

 private:
  int64_t v_[max_rank] = {};
  int rank_ = 0;
};

using Shape = Dims;    // sizes, outermost first; [] is a scalar
using Strides = Dims;  // in elements
using Axes = Dims;     // axis numbers

/// The number of elements. Throws std::invalid_argument, with `op` in the message, for a negative
/// size and where the product of the non-zero sizes does not fit into 48 bits.
int64_t numel(const Shape& shape, const char* op = "shape");

/// Axis -rank..rank-1 -> 0..rank-1; anything else throws "op: axis 3 is out of range for ...".
int checked_axis(const char* op, int64_t axis, const Shape& shape);
/// The same for a list; an axis named twice throws. An empty list means all axes.
Axes checked_axes(const char* op, const Axes& axes, const Shape& shape);

/// The common shape by the rule of broadcasting: aligned at the right, sizes equal or 1.
/// Throws "op: shapes [2, 3] and [4] cannot be broadcast together: axis 1 has 3 and 4".
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

struct Layout {
  Shape shape{};
  Strides strides{};
  int64_t offset = 0;

  /// Row-major, without gaps.
  static Layout contiguous(const Shape& shape) { return Layout(shape); }
  Layout() = default;
  explicit Layout(const Shape& shape);
  bool is_contiguous() const;
  /// Two indices may reach one element: some axis longer than 1 has stride 0 or strides interleave.
  bool overlaps() const;

  // Views. Arguments are checked by the op that calls them.
  Layout transposed(int a, int b) const;
  Layout permuted(const Axes& order) const;
  Layout sliced(int axis, int64_t start, int64_t length, int64_t step) const;
  Layout selected(int axis, int64_t index) const;
  Layout broadcast(const Shape& to) const;
  /// Into `to` (of the same count) without copying; false where the strides do not allow it.
  bool reshaped(const Shape& to, Layout& out) const;
};

}  // namespace gradus
