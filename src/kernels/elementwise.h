// SPDX-License-Identifier: MIT
// y[i] = f(x[i], ...) over arrays of one shape: the loop of all elementwise ops. Only the innermost
// loop is compiled for each f; for float it is vectorised. The outer loops in elementwise.cpp do
// not depend on the element types.
#pragma once
#include <utility>

#include "kernels/gelu.h"
#include "kernels/loop.h"

namespace gradus::kernels {

/// Block lengths for cheap functions and for those as costly as exp; shorter blocks finish before a
/// second thread has woken up.
inline constexpr int64_t cheap_grain = 32768, costly_grain = 16384;
/// The buffer length for a repeated operand, and the row length below which rows are joined.
inline constexpr int64_t map_chunk = 512, map_short_row = 128;

/// A function f with its operands: first the outputs, then the inputs.
struct Map {
  static constexpr int most = 4;
  void (*run)(const void* f, int64_t n, char* const* at);  // over contiguous elements
  const void* f;
  int64_t grain;
  int operands;
  char* at[most];
  int64_t bytes[most];  // bytes per element
};

/// All operands contiguous, n elements each.
void map(const Map& m, int64_t n);
/// Along the innermost axis each operand has stride 1, or stride 0 if it is only read.
void map(const Map& m, const StridedLoop<Map::most>& loop);

namespace detail {

template <class F, class Y, class... X> struct Run {
  static void one(const void* f, int64_t n, char* const* at) {
    loop(*static_cast<const F*>(f), n, at, std::index_sequence_for<X...>{});
  }
  static void two(const void* f, int64_t n, char* const* at) {
    loop(*static_cast<const F*>(f), n, reinterpret_cast<Y*>(at[0]), reinterpret_cast<Y*>(at[1]),
         reinterpret_cast<const X*>(at[2])...);
  }

 private:
  template <size_t... k>
  static void loop(F f, int64_t n, char* const* at, std::index_sequence<k...>) {
    loop(f, n, reinterpret_cast<Y*>(at[0]), reinterpret_cast<const X*>(at[k + 1])...);
  }
  static void loop(F f, int64_t n, Y* y, const X*... x) {
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) y[i] = f(x[i]...);
  }
  static void loop(F f, int64_t n, Y* y, Y* slope, const X*... x) {
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) {
      const ValueSlope<Y> both = f(x[i]...);
      y[i] = both.y;
      slope[i] = both.slope;
    }
  }
};

template <class T> char* bytes_of(const T* p) { return reinterpret_cast<char*>(const_cast<T*>(p)); }

}  // namespace detail

/// y = f(x...)
template <class F, class Y, class... X> Map map_of(const F& f, int64_t grain, Y* y, const X*... x) {
  return {detail::Run<F, Y, X...>::one,
          &f,
          grain,
          1 + sizeof...(X),
          {detail::bytes_of(y), detail::bytes_of(x)...},
          {sizeof(Y), sizeof(X)...}};
}
/// y and slope = f(x)
template <class F, class T>
Map map_with_slope(const F& f, int64_t grain, T* y, T* slope, const T* x) {
  return {detail::Run<F, T, T>::two,
          &f,
          grain,
          3,
          {detail::bytes_of(y), detail::bytes_of(slope), detail::bytes_of(x)},
          {sizeof(T), sizeof(T), sizeof(T)}};
}

}  // namespace gradus::kernels
