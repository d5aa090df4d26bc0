// SPDX-License-Identifier: MIT
// softmax. Kernel: kernels/softmax.h. Checks: check/rows_softmax.cpp.
#include "gradus/ops/softmax.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "kernels/softmax.h"

namespace gradus {
namespace {

struct Softmax {  // y_i = exp(x_i - m) / sum_j exp(x_j - m)
  static constexpr const char* name = "softmax";
  int axis;
  Tensor y{};

  Tensor forward(Inputs in) {
    const Tensor x = in[0].contiguous_data();
    y = Tensor::empty(x.shape(), x.dtype());
    const int64_t cols = x.size(axis), rows = cols ? x.numel() / cols : 0;
    dispatch_float(x.dtype(), [&]<class T>() {
      kernels::softmax(rows, cols, x.data<T>(), y.mutable_data<T>());
    });
    return y;
  }

  Grads backward(const Tensor& dy_in, Wanted) const {  // dx_i = y_i (dy_i - sum_j dy_j y_j)
    const Tensor dy = dy_in.contiguous_data();
    Tensor dx = Tensor::empty(y.shape(), y.dtype());
    const int64_t cols = y.size(axis), rows = cols ? y.numel() / cols : 0;
    dispatch_float(y.dtype(), [&]<class T>() {
      kernels::softmax_backward(rows, cols, y.data<T>(), dy.data<T>(), dx.mutable_data<T>());
    });
    return dx;
  }
};

}  // namespace

Tensor softmax(const Tensor& x, int axis) {
  check_float("softmax", "x", x);
  return apply(Softmax{.axis = checked_axis("softmax", axis, x.shape())}, x);
}

}  // namespace gradus
