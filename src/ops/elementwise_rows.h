// SPDX-License-Identifier: MIT
// Private to ops/: how a row becomes a rule. A row is a struct of a few lines,
//   f(x) and dx(dy, kept)                  for unary<Row>,
//   f(a, b), da(dy, a, b) and db(dy, a, b) for binary<Row>,
// over single numbers of type float or double; the loops are in kernels/elementwise.h.
#pragma once
#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "kernels/elementwise.h"

namespace gradus {

/// What dx() gets to see. A slope is computed together with the value, by both(x) in place of
/// f(x), and saved instead of x: where they share an exponential, the backward is a product.
/// same: there is no dx(), the gradient is dy itself.
enum class Keep { nothing, input, output, slope, same };

template <Keep what, int64_t grain_length = kernels::cheap_grain>
struct UnaryRow {
  static constexpr Keep keep = what;
  static constexpr int64_t grain = grain_length;
};

/// Bits: what da() or db() reads. `same` alone: the gradient is dy itself.
enum Reads : unsigned { reads_nothing = 0, reads_a = 1, reads_b = 2, same = 4 };

template <unsigned by_da, unsigned by_db, int64_t grain_length = kernels::cheap_grain>
struct BinaryRow {
  static constexpr unsigned da_reads = by_da, db_reads = by_db;
  static constexpr int64_t grain = grain_length;
};

namespace detail {

/// Runs m, whose last operands are the elements of `in`; what it writes is row-major.
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

template <class Row>
struct Unary {
  static constexpr const char* name = Row::name;
  Row row;
  bool tracked;  // a slope is worth saving
  Tensor kept{};

  Tensor forward(Inputs in) {
    const Tensor& x = in[0];
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      T* out = y.mutable_data<T>();
      if constexpr (Row::keep == Keep::slope) {
        const auto both = [r = row](T v) { return r.both(v); };
        if (!tracked)
          return map<T>(x.shape(), Row::grain, [=](T v) { return both(v).y; }, out, x);
        kept = Tensor::empty(x.shape(), x.dtype());
        const Tensor* const list[] = {&x};
        kernels::Map m =
            kernels::map_with_slope(both, Row::grain, out, kept.mutable_data<T>(), x.data<T>());
        run(m, x.shape(), list);
      } else {
        map<T>(x.shape(), Row::grain, [r = row](T v) { return r.f(v); }, out, x);
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
        map<T>(dy.shape(), kernels::cheap_grain, [r = row](T d) { return r.dx(d); }, out, dy);
      else if constexpr (Row::keep == Keep::slope)
        map<T, T>(dy.shape(), kernels::cheap_grain, [](T d, T s) { return d * s; }, out, dy, kept);
      else if constexpr (Row::keep != Keep::same)
        map<T, T>(dy.shape(), Row::grain, [r = row](T d, T k) { return r.dx(d, k); }, out, dy,
                  kept);
    });
    return dx;
  }
};

template <class Row>
struct Binary {
  static constexpr const char* name = Row::name;
  Row row;
  unsigned reads;  // by the gradients that will be wanted
  SmallVector<Tensor, 2> kept{};  // a, b, or both of them

  Tensor forward(Inputs in) {
    Tensor y = Tensor::empty(in[0].shape(), in[0].dtype());
    dispatch_float(y.dtype(), [&]<class T>() {
      map<T, T>(y.shape(), Row::grain, [r = row](T u, T v) { return r.f(u, v); },
                y.mutable_data<T>(), in[0], in[1]);
    });
    if (reads & reads_a) kept.emplace_back(in[0]);
    if (reads & reads_b) kept.emplace_back(in[1]);
    return y;
  }

  Grads backward(const Tensor& dy, Wanted w) const {
    Grads grads;
    grads.reserve(2);
    if (!w[0]) grads.emplace_back();
    else if constexpr (Row::da_reads == same) grads.emplace_back(dy);
    else grads.emplace_back(gradient<Row::da_reads>(dy, [](const Row& r, auto... n) {
      return r.da(n...);
    }));
    if (!w[1]) grads.emplace_back();
    else if constexpr (Row::db_reads == same) grads.emplace_back(dy);
    else grads.emplace_back(gradient<Row::db_reads>(dy, [](const Row& r, auto... n) {
      return r.db(n...);
    }));
    return grads;
  }

 private:
  template <unsigned what, class D>
  Tensor gradient(const Tensor& dy, D d) const {
    const Tensor& first = what & reads_a ? kept[0] : dy;  // what is not read may be anything
    const Tensor& second = what & reads_b ? kept.back() : dy;
    Tensor dx = Tensor::empty(dy.shape(), dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      map<T, T, T>(dy.shape(), Row::grain,
                   [d, r = row](T g, T u, T v) { return d(r, g, u, v); },
                   dx.mutable_data<T>(), dy, first, second);
    });
    return dx;
  }
};

/// x in the common shape of an op.
Tensor broadcast(const Tensor& x, const Shape& shape);

}  // namespace detail

template <class Row>
Tensor unary(Row row, const Tensor& x) {
  check_float(Row::name, "x", x);
  return apply(detail::Unary<Row>{row, grad_enabled() && x.requires_grad()}, x);
}

template <class Row>
Tensor binary(Row row, const Tensor& a, const Tensor& b) {
  check_float(Row::name, "a", a);
  check_same_dtype(Row::name, "b", b, "a", a);
  const unsigned reads = (a.requires_grad() ? Row::da_reads : 0u) |
                         (b.requires_grad() ? Row::db_reads : 0u);
  if (a.shape() == b.shape()) return apply(detail::Binary<Row>{row, reads}, a, b);
  const Shape shape = broadcast_shapes(Row::name, a.shape(), b.shape());
  return apply(detail::Binary<Row>{row, reads}, detail::broadcast(a, shape),
               detail::broadcast(b, shape));
}

}  // namespace gradus
