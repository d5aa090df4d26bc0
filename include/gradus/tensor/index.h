// SPDX-License-Identifier: MIT
// Index expressions: x[0], x[Slice(1, 3)], x.index({Slice(), -1}).
// Next: tensor/tensor.h
#pragma once
#include <concepts>
#include <cstdint>

namespace gradus {

/// Python's start:end:step for one axis; negative numbers count from the right. Slice() is the
/// whole axis, Slice(2) everything from index 2, Slice(0, -1) all but the last.
struct Slice {
  int64_t start = 0, end = INT64_MAX, step = 1;
  explicit Slice(int64_t from = 0, int64_t to = INT64_MAX, int64_t by = 1)
      : start(from), end(to), step(by) {}
};

/// A number, which removes its axis, or a slice, which keeps it.
struct Index {
  bool is_slice;
  int64_t number = 0;
  Slice slice{};
  template <std::integral I> Index(I i) : is_slice(false), number(static_cast<int64_t>(i)) {}
  Index(const Slice& s) : is_slice(true), slice(s) {}
};

namespace detail {
template <class T> constexpr bool several_indices = false;  // a name that compilers print
}  // namespace detail

/// Before C++23 x[0, Slice(1, 3)] applies the comma operator: an error, which names the right form.
template <class T> Slice operator,(const Slice&, const T&) {
  static_assert(detail::several_indices<T>, "several indices: write x.index({0, Slice(1, 3)})");
  return Slice();
}
template <std::integral I> Slice operator,(const I&, const Slice&) {
  static_assert(detail::several_indices<I>, "several indices: write x.index({0, Slice(1, 3)})");
  return Slice();
}

}  // namespace gradus
