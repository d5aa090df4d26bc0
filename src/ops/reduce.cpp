// SPDX-License-Identifier: MIT
// sum, mean and sum_to. Kernel: kernels/reduce.h. Checks: check/rows_reduce.cpp.
#include "gradus/ops/reduce.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "lines.h"

namespace gradus {
namespace {

struct Sum {  // y = sum_i x_i
  static constexpr const char* name = "sum";
  Axes axes;
  Shape to;
  Shape kept{}, from{};

  Tensor forward(Inputs in) {
    from = in[0].shape();
    kept = reduced_shape(from, axes, true);
    const Arranged a = arranged(in[0], axes);
    const DType dtype = is_float(in[0].dtype()) ? in[0].dtype() : DType::i64;
    Tensor y = Tensor::empty(to, dtype);
    dispatch_all(in[0].dtype(), [&]<class T>() {
      using Y = std::conditional_t<std::is_floating_point_v<T>, T, int64_t>;
      kernels::sum(a.lines, a.x.data<T>(), y.mutable_data<Y>(), 1);
    });
    return y;
  }
  Grads backward(const Tensor& dy, Wanted) const { return spread(dy, kept, from); }  // dx_i = dy
};

struct Mean {  // y = (1/n) sum_i x_i
  static constexpr const char* name = "mean";
  Axes axes;
  Shape to;
  Shape kept{}, from{};
  double n = 0;

  static Tensor divided(const Tensor& x, const Axes& axes, const Shape& to, double by) {
    const Arranged a = arranged(x, axes);
    Tensor y = Tensor::empty(to, x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      kernels::sum(a.lines, a.x.data<T>(), y.mutable_data<T>(), by);
    });
    return y;
  }
  Tensor forward(Inputs in) {
    from = in[0].shape();
    kept = reduced_shape(from, axes, true);
    n = 1;
    for (int64_t i : axes) n *= static_cast<double>(from[static_cast<int>(i)]);
    return divided(in[0], axes, to, n);
  }
  Grads backward(const Tensor& dy, Wanted) const {  // dx_i = dy / n
    return spread(divided(dy, {}, to, n), kept, from);
  }
};

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  if (!x.defined()) argument_error({"sum: x is undefined"});
  const Axes all = checked_axes("sum", axes, x.shape());
  return apply(Sum{all, reduced_shape(x.shape(), all, keepdim)}, x);
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  check_float("mean", "x", x);
  const Axes all = checked_axes("mean", axes, x.shape());
  for (int64_t i : all)
    if (x.size(static_cast<int>(i)) == 0)
      argument_error({"mean: x ", x.shape(), " has no elements along axis ", i,
                      "; the mean of nothing has no value"});
  return apply(Mean{all, reduced_shape(x.shape(), all, keepdim)}, x);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (!x.defined()) argument_error({"sum_to: x is undefined"});
  if (x.shape() == shape) return x;
  const int shift = x.dim() - shape.size();
  Axes axes;
  for (int i = 0; i < x.dim(); ++i) {
    const int64_t mine = x.shape()[i], wanted = i < shift ? 1 : shape[i - shift];
    if (shift < 0 || (wanted != mine && wanted != 1))
      argument_error({"sum_to: shape ", shape, " cannot be broadcast to x ", x.shape()});
    if (i < shift || wanted != mine) axes.push_back(i);
  }
  if (shift < 0) argument_error({"sum_to: shape ", shape, " cannot be broadcast to x ", x.shape()});
  return apply(Sum{axes, shape}, x);
}

}  // namespace gradus
