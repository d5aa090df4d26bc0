// SPDX-License-Identifier: MIT
// The largest and the smallest, their indices, and all and any. Kernel: kernels/extremum.h.
// Checks: check/rows/reduce_extremum.cpp.
#include "kernels/extremum.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "lines.h"

namespace gradus {
namespace {

template <bool largest> Tensor extremum_of(const Arranged& a, const Shape& to) {
  Tensor y = Tensor::empty(to, a.x.dtype());
  dispatch_number(y.dtype(), [&]<class T>() {
    kernels::extremum<largest>(a.lines, a.x.data<T>(), y.mutable_data<T>());
  });
  return y;
}

Tensor indices_of(const Arranged& a, const Tensor& y) {
  Tensor indices = Tensor::empty(y.shape(), DType::i64);
  dispatch_number(y.dtype(), [&]<class T>() {
    kernels::first_match(a.lines, a.x.data<T>(), y.data<T>(), indices.mutable_data<int64_t>());
  });
  return indices;
}

template <bool largest> struct Shared {  // y = max_i x_i; ties share dy
  static constexpr const char* name = largest ? "amax" : "amin";
  Axes axes;
  Shape to;
  Arranged a{};
  Tensor y{};

  Tensor forward(Inputs in) {
    a = arranged(in[0], axes);
    y = extremum_of<largest>(a, to);
    return y;
  }
  Grads backward(const Tensor& dy_in, Wanted) const {  // dx_i = dy [x_i = y] / number of ties
    const Tensor dy = dy_in.contiguous_data();
    Tensor dx = Tensor::empty(a.x.shape(), dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      kernels::share(a.lines, a.x.data<T>(), y.data<T>(), dy.data<T>(), dx.mutable_data<T>());
    });
    return a.restored(dx);
  }
  Grads backward_graph(const Tensor& dy, Wanted w, const History&) const {
    const Tensor shares = backward(ones_like(dy), w)[0];
    return shares * reshape(dy, reduced_shape(shares.shape(), axes, true));
  }
};

template <bool largest> struct First {  // y = max_k x_k and the first k that attains it
  static constexpr const char* name = largest ? "max" : "min";
  int axis;
  Shape to;
  Arranged a{};  // without x
  Shape shape{};
  Tensor indices{};

  Outputs forward(Inputs in) {
    a = arranged(in[0], {axis});
    const Tensor y = extremum_of<largest>(a, to);
    indices = indices_of(a, y);
    shape = a.x.shape();
    a.x = {};
    return {y, indices};
  }
  Grads backward(const Grads& dys, Wanted) const {  // dx_k = dy at the index, 0 elsewhere
    const Tensor dy = dys[0].contiguous_data();
    Tensor dx = zeros(shape, dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      kernels::place(a.lines, indices.data<int64_t>(), dy.data<T>(), dx.mutable_data<T>());
    });
    return a.restored(dx);
  }
  Grads backward_graph(const Grads& dy, Wanted w, const History&) const {
    const Tensor chosen = backward({ones_like(dy[0])}, w)[0];
    return chosen * reshape(dy[0], reduced_shape(chosen.shape(), {axis}, true));
  }
};

template <bool largest> struct Where {  // only the index
  static constexpr const char* name = largest ? "argmax" : "argmin";
  std::optional<int> axis;
  Shape to;

  Tensor forward(Inputs in) {
    Arranged a;
    if (axis) a = arranged(in[0], {*axis});
    else a = {in[0].contiguous_data(), {}, {1, in[0].numel(), 1}};
    return indices_of(a, extremum_of<largest>(a, to));
  }
};

template <bool any> struct Truth {
  static constexpr const char* name = any ? "any" : "all";

  Tensor forward(Inputs in) {
    const Tensor x = in[0].contiguous_data();
    Tensor y = Tensor::empty({}, DType::boolean);
    dispatch_all(x.dtype(), [&]<class T>() {
      kernels::truth<any>(x.numel(), x.data<T>(), y.mutable_data<bool>());
    });
    return y;
  }
};

Axes checked(const char* op, const Tensor& x, const Axes& axes) {
  if (!x.defined()) argument_error({op, ": x is undefined"});
  if (x.dtype() == DType::boolean)
    argument_error({op, ": x is ", x.str(), "; expected f32, f64 or i64"});
  const Axes all = checked_axes(op, axes, x.shape());
  for (int64_t i : all)
    if (x.size(static_cast<int>(i)) == 0)
      argument_error({op, ": axis ", i, " of x ", x.shape(), " has no elements to choose from"});
  return all;
}

template <bool largest>
Tensor shared(const char* op, const Tensor& x, const Axes& axes, bool keepdim) {
  const Axes all = checked(op, x, axes);
  return apply(Shared<largest>{all, reduced_shape(x.shape(), all, keepdim)}, x);
}

template <bool largest> Extremum first(const Tensor& x, int axis, bool keepdim) {
  const Axes one = checked(First<largest>::name, x, {axis});
  Outputs out =
      apply(First<largest>{static_cast<int>(one[0]), reduced_shape(x.shape(), one, keepdim)}, x);
  return {out[0], out[1]};
}

template <bool largest> Tensor where(const Tensor& x, std::optional<int> axis, bool keepdim) {
  const Axes axes = checked(Where<largest>::name, x, axis ? Axes{*axis} : Axes{});
  if (axis) axis = static_cast<int>(axes[0]);
  return constant_op(Where<largest>{axis, reduced_shape(x.shape(), axes, keepdim)}, x);
}

}  // namespace

Tensor amax(const Tensor& x, const Axes& axes, bool keepdim) {
  return shared<true>("amax", x, axes, keepdim);
}
Tensor amin(const Tensor& x, const Axes& axes, bool keepdim) {
  return shared<false>("amin", x, axes, keepdim);
}
Tensor max(const Tensor& x) { return shared<true>("max", x, {}, false); }
Tensor min(const Tensor& x) { return shared<false>("min", x, {}, false); }

Extremum max(const Tensor& x, int axis, bool keepdim) { return first<true>(x, axis, keepdim); }
Extremum min(const Tensor& x, int axis, bool keepdim) { return first<false>(x, axis, keepdim); }

Tensor argmax(const Tensor& x, std::optional<int> axis, bool keepdim) {
  return where<true>(x, axis, keepdim);
}
Tensor argmin(const Tensor& x, std::optional<int> axis, bool keepdim) {
  return where<false>(x, axis, keepdim);
}

Tensor all(const Tensor& x) {
  if (!x.defined()) argument_error({"all: x is undefined"});
  return constant_op(Truth<false>{}, x);
}
Tensor any(const Tensor& x) {
  if (!x.defined()) argument_error({"any: x is undefined"});
  return constant_op(Truth<true>{}, x);
}

}  // namespace gradus
