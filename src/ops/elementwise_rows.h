// SPDX-License-Identifier: MIT
// Private to ops/: turns a row into a rule. A row is a small struct with
//   f(x) and dx(dy, kept)                  for unary<Row>,
//   f(a, b), da(dy, a, b) and db(dy, a, b) for binary<Row> (elementwise_rows_binary.h),
// on scalars of type float or double; the loops are in kernels/elementwise.h. Called on Tensors,
// dx, da and db are the backward_graph(); if a formula does not work for both, there is an
// overload. second(x) is the second derivative, in public ops.
#pragma once
#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "kernels/elementwise.h"

namespace gradus {

/// The saved argument of dx(). A slope is computed together with the value, by both(x) instead of
/// f(x), and saved instead of x: both share an exponential, and the backward is just a product.
/// same: there is no dx(), the gradient is dy itself.
enum class Keep { nothing, input, output, slope, same };

template <Keep what, int64_t grain_length = kernels::cheap_grain> struct UnaryRow {
  static constexpr Keep keep = what;
  static constexpr int64_t grain = grain_length;
};

namespace detail {

/// Runs m, whose last operands are the elements of `in`; its outputs are row-major.
void run_strided(kernels::Map& m, const Shape& shape, std::span<const Tensor* const> in);

inline void run(kernels::Map& m, const Shape& shape, std::span<const Tensor* const> in) {
  bool dense = true;
  for (const Tensor* x : in) dense = dense && x->is_contiguous();
  if (dense) kernels::map(m, numel(shape));
  else run_strided(m, shape, in);
}

/// y[i] = f(in[i]...) for tensors of `shape` and element types X.
template <class... X, class F, class Y>
void map(const Shape& shape, int64_t grain, const F& f, Y* y,
         const std::same_as<Tensor> auto&... in) {
  const Tensor* const list[] = {&in...};
  kernels::Map m = kernels::map_of(f, grain, y, in.template data<X>()...);
  run(m, shape, list);
}

/// The slope of a Keep::slope row as a rule, only for backward_graph().
template <class Row> struct Slope {
  static constexpr const char* name = Row::name;
  Row row;
  Tensor x{};

  Tensor forward(Inputs in) {
    x = in[0];
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      map<T>(
          x.shape(), Row::grain, [r = row](T v) { return r.both(v).slope; }, y.mutable_data<T>(),
          x);
    });
    return y;
  }
  Grads backward(const Tensor& dy, Wanted) const { return dy * row.second(x.detach()); }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    return dy * row.second(h.input(0, x));
  }
};

template <class Row> struct Unary {
  static constexpr const char* name = Row::name;
  Row row;
  bool tracked;  // whether to save a slope
  Tensor kept{};
  struct None {};
  using Argument = std::conditional_t<Row::keep == Keep::slope, Tensor, None>;
  [[no_unique_address]] Argument argument{};  // if `kept` is the slope

  Tensor forward(Inputs in) {
    if constexpr (Row::keep == Keep::slope) {
      if (tracked) argument = in[0];
    }
    return value(in[0]);
  }
  Tensor value(const Tensor& x) {
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      T* out = y.mutable_data<T>();
      if constexpr (Row::keep == Keep::slope) {
        const auto both = [r = row](T v) { return r.both(v); };
        if (!tracked)
          return map<T>(
              x.shape(), Row::grain, [=](T v) { return both(v).y; }, out, x);
        kept = Tensor::empty(x.shape(), x.dtype());
        const Tensor* const list[] = {&x};
        kernels::Map m =
            kernels::map_with_slope(both, Row::grain, out, kept.mutable_data<T>(), x.data<T>());
        run(m, x.shape(), list);
      } else {
        map<T>(
            x.shape(), Row::grain, [r = row](T v) { return r.f(v); }, out, x);
      }
    });
    if constexpr (Row::keep == Keep::input) kept = x;
    if constexpr (Row::keep == Keep::output) kept = y;
    return y;
  }

  Grads backward(const Tensor& dy, Wanted) const {
    if constexpr (Row::keep == Keep::same) return dy;
    Tensor dx = Tensor::empty(dy.shape(), dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      T* out = dx.mutable_data<T>();
      if constexpr (Row::keep == Keep::nothing)
        map<T>(
            dy.shape(), kernels::cheap_grain, [r = row](T d) { return r.dx(d); }, out, dy);
      else if constexpr (Row::keep == Keep::slope)
        map<T, T>(
            dy.shape(), kernels::cheap_grain, [](T d, T s) { return d * s; }, out, dy, kept);
      else if constexpr (Row::keep != Keep::same)
        map<T, T>(
            dy.shape(), Row::grain, [r = row](T d, T k) { return r.dx(d, k); }, out, dy, kept);
    });
    return dx;
  }

  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    if constexpr (Row::keep == Keep::same) return dy;
    else if constexpr (Row::keep == Keep::nothing) return row.dx(dy);
    else if constexpr (Row::keep == Keep::slope)
      return dy * apply(Slope<Row>{row}, h.input(0, argument));
    else if constexpr (Row::keep == Keep::output) return row.dx(dy, h.output(0, kept));
    else return row.dx(dy, h.input(0, kept));
  }
};

/// x in the common shape of an op.
Tensor broadcast(const Tensor& x, const Shape& shape);

}  // namespace detail

template <class Row> Tensor unary(Row row, const Tensor& x) {
  check_float(Row::name, "x", x);
  return apply(detail::Unary<Row>{row, grad_enabled() && x.requires_grad()}, x);
}

}  // namespace gradus
