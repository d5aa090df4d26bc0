// SPDX-License-Identifier: MIT
// softmax, log_softmax. Kernel: kernels/softmax.h. Checks: check/rows/softmax.cpp.
#include "gradus/ops/softmax.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "kernels/softmax.h"

namespace gradus {
namespace {

// The array as [outer, n, inner] around an axis.
struct Around {
  int64_t outer = 1, n = 1, inner = 1;
  Around(const Shape& shape, int axis) {
    for (int i = 0; i < shape.size(); ++i) (i < axis ? outer : i == axis ? n : inner) *= shape[i];
  }
};

// y_i = exp(x_i - m) / sum_j exp(x_j - m), or its logarithm x_i - m - log(sum_j exp(x_j - m))
template <bool logs> struct Softmax {
  static constexpr const char* name = logs ? "log_softmax" : "softmax";
  int axis;
  Tensor y{};

  Tensor forward(Inputs in) {
    const Tensor x = in[0].contiguous_data();
    y = Tensor::empty(x.shape(), x.dtype());
    const Around a(x.shape(), axis);
    dispatch_float(x.dtype(), [&]<class T>() {
      const T* from = x.data<T>();
      T* to = y.mutable_data<T>();
      if (a.inner == 1) kernels::softmax_along<logs>(a.outer, a.n, from, to);
      else kernels::softmax_across<logs>(a.outer, a.n, a.inner, from, to);
    });
    return y;
  }

  // dx_i = y_i (dy_i - sum_j dy_j y_j); of the logarithm dx_i = dy_i - exp(y_i) sum_j dy_j
  Grads backward(const Tensor& dy_in, Wanted) const {
    const Tensor dy = dy_in.contiguous_data();
    Tensor dx = Tensor::empty(y.shape(), y.dtype());
    const Around a(y.shape(), axis);
    dispatch_float(y.dtype(), [&]<class T>() {
      const T *p = y.data<T>(), *d = dy.data<T>();
      T* to = dx.mutable_data<T>();
      if (a.inner == 1) kernels::softmax_along_backward<logs>(a.outer, a.n, p, d, to);
      else kernels::softmax_across_backward<logs>(a.outer, a.n, a.inner, p, d, to);
    });
    return dx;
  }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    const Tensor p = h.output(0, y);
    const Axes along = y.dim() ? Axes{axis} : Axes{};
    return logs ? dy - exp(p) * sum(dy, along, true) : p * (dy - sum(dy * p, along, true));
  }
};

// A scalar counts as one line of one element, as in PyTorch: axes 0 and -1.
template <bool logs> Tensor along(const Tensor& x, int axis) {
  constexpr const char* op = Softmax<logs>::name;
  check_float(op, "x", x);
  const int checked = checked_axis(op, axis, x.dim() ? x.shape() : Shape{1});
  return apply(Softmax<logs>{.axis = checked}, x);
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) { return along<false>(x, axis); }
Tensor log_softmax(const Tensor& x, int axis) { return along<true>(x, axis); }

}  // namespace gradus
