// SPDX-License-Identifier: MIT
// cumsum, and prod, whose gradient is a scan too. Kernel: kernels/scan.h.
// Checks: check/rows/reduce.cpp.
#include "kernels/scan.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "lines.h"

namespace gradus {
namespace {

struct CumSum {  // y_k = x_0 + ... + x_k
  static constexpr const char* name = "cumsum";
  static constexpr bool linear = true;
  int axis;

  Tensor run(const Tensor& x_in, bool reverse) const {
    const Arranged a = arranged(x_in, {axis});
    Tensor y = Tensor::empty(a.x.shape(), a.x.dtype());
    if (y.dtype() == DType::i64)
      kernels::cumsum<int64_t>(a.lines, reverse, a.x.data<int64_t>(), y.mutable_data<int64_t>());
    else
      dispatch_float(y.dtype(), [&]<class T>() {
        kernels::cumsum<double>(a.lines, reverse, a.x.data<T>(), y.mutable_data<T>());
      });
    return a.restored(y);
  }
  Tensor forward(Inputs in) { return run(in[0], false); }
  Grads backward(const Tensor& dy, Wanted) const {  // dx_k = dy_k + ... + dy_(n-1)
    return run(dy, true);
  }
};

struct Prod {  // y = x_1 ... x_n
  static constexpr const char* name = "prod";
  Axes axes;
  Shape to;
  Arranged a{};

  Tensor forward(Inputs in) {
    a = arranged(in[0], axes);
    Tensor y = Tensor::empty(to, a.x.dtype());
    dispatch_float(y.dtype(),
                   [&]<class T>() { kernels::prod(a.lines, a.x.data<T>(), y.mutable_data<T>()); });
    return y;
  }
  Grads backward(const Tensor& dy_in, Wanted) const {  // dx_i = dy prod_(j != i) x_j
    const Tensor dy = dy_in.contiguous_data();
    Tensor dx = Tensor::empty(a.x.shape(), dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      kernels::prod_backward(a.lines, a.x.data<T>(), dy.data<T>(), dx.mutable_data<T>());
    });
    return a.restored(dx);
  }
  // The other factors as lines with a 1 in place of x_i: n^2 numbers for each product.
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    const Tensor x = h.input(0, a.restored(a.x));
    Axes order;  // remaining axes, then those of the product
    for (int i = 0; i < x.dim(); ++i)
      if (!axes.contains(i)) order.push_back(i);
    for (int64_t i : axes) order.push_back(i);
    const Tensor last = permute(x, order);
    const int64_t n = a.lines.n, lines = a.lines.outer * a.lines.inner;
    Tensor itself = zeros({n, n}, DType::boolean);
    for (int64_t i = 0; i < n; ++i) itself.mutable_data<bool>()[i * n + i] = true;
    const Tensor square = expand(reshape(last, {lines, 1, n}), {lines, n, n});
    const Tensor others = gradus::prod(masked_fill(square, itself, 1), {2}, false);
    return permute(reshape(others * reshape(dy, {lines, 1}), last.shape()), inverse_of(order));
  }
};

}  // namespace

Tensor cumsum(const Tensor& x, int axis) {
  if (!x.defined() || x.dtype() != DType::i64) check_float("cumsum", "x", x);
  return apply(CumSum{checked_axis("cumsum", axis, x.shape())}, x);
}

Tensor prod(const Tensor& x, const Axes& axes, bool keepdim) {
  check_float("prod", "x", x);
  const Axes all = checked_axes("prod", axes, x.shape());
  return apply(Prod{all, reduced_shape(x.shape(), all, keepdim)}, x);
}

}  // namespace gradus
