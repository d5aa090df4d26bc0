// SPDX-License-Identifier: MIT
// Sums and reductions based on sums: mean, var, std_, logsumexp, sum_to. Kernel: kernels/reduce.h.
// Checks: check/rows/reduce.cpp. The others: reduce_extremum.cpp, reduce_scan.cpp.
#include "gradus/ops/reduce.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/view.h"
#include "kernels/extremum.h"
#include "lines.h"

namespace gradus {
namespace {

// x: float -> y: the same dtype, `to`; f(lines, x, y) computes it.
template <class F> Tensor reduced(const Arranged& a, const Shape& to, F f) {
  Tensor y = Tensor::empty(to, a.x.dtype());
  dispatch_float(y.dtype(), [&]<class T>() { f(a.lines, a.x.data<T>(), y.mutable_data<T>()); });
  return y;
}

struct Sum {  // y = sum_i x_i
  static constexpr const char* name = "sum";
  static constexpr bool linear = true;
  Axes axes;
  Shape to;
  Shape kept{}, from{};

  Tensor forward(Inputs in) {
    from = in[0].shape();
    kept = reduced_shape(from, axes, true);
    const Arranged a = arranged(in[0], axes);
    if (is_float(a.x.dtype()))
      return reduced(a, to, [](auto lines, auto* x, auto* y) { kernels::sum(lines, x, y, 1); });
    Tensor y = Tensor::empty(to, DType::i64);
    int64_t* out = y.mutable_data<int64_t>();
    if (a.x.dtype() == DType::i64) kernels::sum(a.lines, a.x.data<int64_t>(), out, 1);
    else kernels::sum(a.lines, a.x.data<bool>(), out, 1);
    return y;
  }
  Grads backward(const Tensor& dy, Wanted) const { return spread(dy, kept, from); }  // dx_i = dy
};

struct Mean {  // y = (1/n) sum_i x_i
  static constexpr const char* name = "mean";
  static constexpr bool linear = true;
  Axes axes;
  Shape to;
  Shape kept{}, from{};
  double n = 0;

  Tensor forward(Inputs in) {
    from = in[0].shape();
    kept = reduced_shape(from, axes, true);
    const Arranged a = arranged(in[0], axes);
    n = static_cast<double>(a.lines.n);
    return reduced(a, to, [this](auto lines, auto* x, auto* y) { kernels::sum(lines, x, y, n); });
  }
  Grads backward(const Tensor& dy_in, Wanted) const {  // dx_i = dy / n
    const Tensor dy = dy_in.contiguous_data();
    Tensor each = Tensor::empty(to, dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      kernels::divide(dy.numel(), dy.data<T>(), static_cast<T>(n), each.mutable_data<T>());
    });
    return spread(each, kept, from);
  }
};

template <bool root>
struct Variance {  // y = sum_i (x_i - m)^2 / d, or its root; d = n - correction
  static constexpr const char* name = root ? "std_" : "var";
  Axes axes;
  Shape to;
  double d;
  Arranged a{};
  Tensor mean{}, y{};

  Tensor forward(Inputs in) {
    a = arranged(in[0], axes);
    mean = Tensor::empty(to, DType::f64);
    Tensor out = reduced(a, to, [this](auto lines, auto* x, auto* v) {
      kernels::variance(lines, x, d, root, mean.mutable_data<double>(), v);
    });
    if (root) y = out;
    return out;
  }
  Grads backward(const Tensor& dy_in, Wanted) const {  // dx_i = dy 2 (x_i - m) / d, or over d y
    const Tensor dy = dy_in.contiguous_data();
    Tensor dx = Tensor::empty(a.x.shape(), dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      kernels::variance_backward(a.lines, a.x.data<T>(), mean.data<double>(),
                                 root ? y.data<T>() : nullptr, dy.data<T>(), d,
                                 dx.mutable_data<T>());
    });
    return a.restored(dx);
  }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    const Tensor x = h.input(0, a.restored(a.x));
    const Shape kept = reduced_shape(x.shape(), axes, true);
    const Tensor near = x - gradus::mean(x.detach(), axes, true);  // which rounding may move
    Tensor from_mean = near - gradus::mean(near, axes, true);
    if constexpr (root)  // 0 where y = 0
      from_mean = from_mean / 2 / reshape(masked_fill(h.output(0, y), eq(y, 0), INFINITY), kept);
    return 2 / d * reshape(dy, kept) * from_mean;
  }
};

struct LogSumExp {  // y = log sum_i exp(x_i)
  static constexpr const char* name = "logsumexp";
  Axes axes;
  Shape to;
  Arranged a{};
  Tensor shift{}, log_sum{};

  Tensor forward(Inputs in) {
    a = arranged(in[0], axes);
    shift = zeros(to, a.x.dtype());
    log_sum = Tensor::empty(to, a.x.dtype());
    return reduced(a, to, [this]<class T>(auto lines, const T* x, T* y) {
      T* m = shift.mutable_data<T>();
      if (lines.n > 0) kernels::extremum<true>(lines, x, m);
      kernels::logsumexp(lines, x, m, log_sum.mutable_data<T>(), y);
    });
  }
  Grads backward(const Tensor& dy_in, Wanted) const {  // dx_i = dy exp(x_i - y)
    const Tensor dy = dy_in.contiguous_data();
    Tensor dx = Tensor::empty(a.x.shape(), dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      kernels::logsumexp_backward(a.lines, a.x.data<T>(), shift.data<T>(), log_sum.data<T>(),
                                  dy.data<T>(), dx.mutable_data<T>());
    });
    return a.restored(dx);
  }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    const Tensor x = h.input(0, a.restored(a.x));
    const Shape kept = reduced_shape(x.shape(), axes, true);
    const Tensor e = gradus::exp(x - reshape(shift, kept)), s = gradus::sum(e, axes, true);
    return reshape(dy, kept) * e / masked_fill(s, eq(s, 0), 1);
  }
};

int64_t elements(const Tensor& x, const Axes& axes) {
  int64_t n = 1;
  for (int64_t i : axes) n *= x.size(static_cast<int>(i));
  return n;
}

template <bool root>
Tensor variance(const Tensor& x, const Axes& axes, int64_t correction, bool keepdim) {
  const char* op = Variance<root>::name;
  check_float(op, "x", x);
  const Axes all = checked_axes(op, axes, x.shape());
  const int64_t n = elements(x, all);
  if (correction < 0) argument_error({op, ": correction ", correction, " must be at least 0"});
  if (n <= correction)
    argument_error({op, ": ", n, n == 1 ? " element" : " elements", " along axes ", all, " of x ",
                    x.shape(), " with correction ", correction, " would divide by ", n - correction,
                    "; expected more elements than the correction"});
  return apply(Variance<root>{all, reduced_shape(x.shape(), all, keepdim),
                              static_cast<double>(n - correction)},
               x);
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  if (!x.defined()) argument_error({"sum: x is undefined"});
  const Axes all = checked_axes("sum", axes, x.shape());
  return apply(Sum{all, reduced_shape(x.shape(), all, keepdim)}, x);
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  check_float("mean", "x", x);
  const Axes all = checked_axes("mean", axes, x.shape());
  if (elements(x, all) == 0)
    argument_error({"mean: x ", x.shape(), " has no elements along axes ", all,
                    "; the mean of nothing has no value"});
  return apply(Mean{all, reduced_shape(x.shape(), all, keepdim)}, x);
}

Tensor var(const Tensor& x, const Axes& axes, int64_t correction, bool keepdim) {
  return variance<false>(x, axes, correction, keepdim);
}
Tensor std_(const Tensor& x, const Axes& axes, int64_t correction, bool keepdim) {
  return variance<true>(x, axes, correction, keepdim);
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  check_float("logsumexp", "x", x);
  const Axes all = checked_axes("logsumexp", axes, x.shape());
  return apply(LogSumExp{all, reduced_shape(x.shape(), all, keepdim)}, x);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (!x.defined()) argument_error({"sum_to: x is undefined"});
  if (x.shape() == shape) return x;
  const int shift = x.dim() - shape.size();
  Axes axes;
  bool fits = shift >= 0;
  for (int i = 0; fits && i < x.dim(); ++i) {
    const int64_t mine = x.shape()[i], wanted = i < shift ? 1 : shape[i - shift];
    fits = wanted == mine || wanted == 1;
    if (i < shift || wanted != mine) axes.push_back(i);
  }
  if (!fits) argument_error({"sum_to: shape ", shape, " cannot be broadcast to x ", x.shape()});
  return apply(Sum{axes, shape}, x);
}

}  // namespace gradus
