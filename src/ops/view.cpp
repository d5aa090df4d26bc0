// SPDX-License-Identifier: MIT
// Views and copies. Kernel: kernels/triangle.h. Checks: check/rows/view.cpp.
#include "gradus/ops/view.h"

#include <algorithm>

#include "gradus/autograd/rule.h"
#include "gradus/ops/reduce.h"
#include "kernels/triangle.h"
#include "lines.h"
#include "ops/matrix.h"

namespace gradus {
namespace {

void check_defined(const char* op, const Tensor& x) {
  if (!x.defined()) argument_error({op, ": x is undefined"});
}

// Zeros of the given shape, with dy at the positions that `part` selects from a row-major layout.
template <class Part> Tensor into_zeros(const Shape& shape, const Tensor& dy, Part part) {
  Tensor dx = zeros(shape, dy.dtype());
  dx.with_layout(part(dx.layout())).copy_(dy);
  return dx;
}

struct Reshape {
  static constexpr const char* name = "reshape";
  static constexpr bool linear = true;
  Shape to, from{};

  Tensor forward(Inputs in) {
    from = in[0].shape();
    return reshaped_data(in[0], to);
  }
  Grads backward(const Tensor& dy, Wanted) const { return reshaped_data(dy, from); }
};

struct Permute {
  static constexpr const char* name = "permute";
  static constexpr bool linear = true;
  Axes order;

  Tensor forward(Inputs in) { return in[0].with_layout(in[0].layout().permuted(order)); }
  Grads backward(const Tensor& dy, Wanted) const {
    return dy.with_layout(dy.layout().permuted(inverse_of(order)));
  }
};

struct Part {
  static constexpr const char* name = "slice";
  static constexpr bool linear = true;
  int axis;
  int64_t start, length, step;
  Shape from{};

  Layout part(const Layout& x) const { return x.sliced(axis, start, length, step); }
  Tensor forward(Inputs in) {
    from = in[0].shape();
    return in[0].with_layout(part(in[0].layout()));
  }
  Grads backward(const Tensor& dy, Wanted) const {
    return into_zeros(from, dy, [this](const Layout& x) { return part(x); });
  }
};

struct Select {
  static constexpr const char* name = "select";
  static constexpr bool linear = true;
  int axis;
  int64_t index;
  Shape from{};

  Layout part(const Layout& x) const { return x.selected(axis, index); }
  Tensor forward(Inputs in) {
    from = in[0].shape();
    return in[0].with_layout(part(in[0].layout()));
  }
  Grads backward(const Tensor& dy, Wanted) const {
    return into_zeros(from, dy, [this](const Layout& x) { return part(x); });
  }
};

struct BroadcastTo {
  static constexpr const char* name = "broadcast_to";
  static constexpr bool linear = true;
  Shape to, from{};

  Tensor forward(Inputs in) {
    from = in[0].shape();
    return in[0].with_layout(in[0].layout().broadcast(to));
  }
  Grads backward(const Tensor& dy, Wanted) const { return sum_to(dy, from); }
};

struct Clone {
  static constexpr const char* name = "clone";
  static constexpr bool linear = true;

  Tensor forward(Inputs in) { return in[0].clone_data(); }
  Grads backward(const Tensor& dy, Wanted) const { return dy; }
};

Tensor triangle(bool lower, int64_t diagonal, const Tensor& x_in) {
  const Tensor x = x_in.contiguous_data();
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  const int64_t rows = x.size(-2), cols = x.size(-1), one = rows * cols;
  const int64_t batch = one > 0 ? x.numel() / one : 0;
  dispatch_all(x.dtype(), [&]<class T>() {
    kernels::triangle(lower, diagonal, batch, rows, cols, x.data<T>(), y.mutable_data<T>());
  });
  return y;
}

template <bool lower> struct Triangle {
  static constexpr const char* name = lower ? "tril" : "triu";
  static constexpr bool linear = true;
  int64_t diagonal;

  Tensor forward(Inputs in) { return triangle(lower, diagonal, in[0]); }
  Grads backward(const Tensor& dy, Wanted) const { return triangle(lower, diagonal, dy); }
};

template <bool lower> Tensor checked_triangle(const Tensor& x, int64_t diagonal) {
  const char* op = Triangle<lower>::name;
  check_defined(op, x);
  if (x.dim() < 2) argument_error({op, ": x ", x.shape(), " must have at least two axes"});
  // Clamped to the corners: same result, and i + diagonal cannot overflow.
  diagonal = std::clamp(diagonal, -x.size(-2) - 1, x.size(-1) + 1);
  return apply(Triangle<lower>{diagonal}, x);
}

// `shape` with its -1 replaced by the size that gives the element count of x.
Shape completed(const Tensor& x, Shape shape) {
  int open = -1;
  int64_t known = 1;
  for (int i = 0; i < shape.size(); ++i) {
    if (shape[i] != -1) continue;
    if (open >= 0) argument_error({"reshape: shape ", shape, " has more than one -1"});
    open = i;
  }
  if (open >= 0) {
    Shape rest = shape;
    rest.erase(open);
    known = numel(rest, "reshape");
    if (known == 0)
      argument_error({"reshape: -1 in ", shape, " is ambiguous, since another size is 0"});
    shape[open] = x.numel() / known;
  }
  if (numel(shape, "reshape") != x.numel())
    argument_error({"reshape: x ", x.shape(), " has ", x.numel(), " elements, shape ", shape,
                    " has ", numel(shape)});
  return shape;
}

Tensor broadcast(const char* op, const Tensor& x, const Shape& shape) {
  const int shift = shape.size() - x.dim();
  bool fits = shift >= 0;
  for (int i = 0; fits && i < x.dim(); ++i)
    fits = x.shape()[i] == shape[i + shift] || x.shape()[i] == 1;
  if (!fits)
    argument_error({op, ": x ", x.shape(), " cannot be broadcast to ", shape,
                    "; aligned at the right, each size of x must be the same or 1"});
  numel(shape, op);
  return apply(BroadcastTo{shape}, x);
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  check_defined("reshape", x);
  return apply(Reshape{completed(x, shape)}, x);
}

Tensor permute(const Tensor& x, const Axes& order) {
  check_defined("permute", x);
  if (order.size() != x.dim())
    argument_error({"permute: order ", order, " must name each axis of x ", x.shape(), " once"});
  return apply(Permute{checked_axes("permute", order, x.shape())}, x);
}

Tensor transpose(const Tensor& x, int a, int b) {
  check_defined("transpose", x);
  Axes order = checked_axes("transpose", {}, x.shape());
  std::swap(order[checked_axis("transpose", a, x.shape())],
            order[checked_axis("transpose", b, x.shape())]);
  return apply(Permute{order}, x);
}

Tensor slice(const Tensor& x, int axis, int64_t start, int64_t end, int64_t step) {
  check_defined("slice", x);
  axis = checked_axis("slice", axis, x.shape());
  if (step < 1) argument_error({"slice: step ", step, " must be at least 1"});
  const int64_t n = x.size(axis);
  start = std::clamp(start < 0 ? start + n : start, int64_t{0}, n);
  end = std::clamp(end < 0 ? end + n : end, start, n);
  const int64_t length = (end - start) / step + ((end - start) % step != 0);
  return apply(Part{axis, start, length, length > 1 ? step : 1}, x);
}

Tensor narrow(const Tensor& x, int axis, int64_t start, int64_t length) {
  check_defined("narrow", x);
  axis = checked_axis("narrow", axis, x.shape());
  const int64_t n = x.size(axis), first = start < 0 ? start + n : start;
  if (first < 0 || first > n || length < 0 || length > n - first)
    argument_error({"narrow: start ", start, " and length ", length, " do not fit into axis ", axis,
                    " of x ", x.shape()});
  return apply(Part{axis, first, length, 1}, x);
}

Tensor select(const Tensor& x, int axis, int64_t index) {
  check_defined("select", x);
  axis = checked_axis("select", axis, x.shape());
  const int64_t n = x.size(axis);
  if (index < -n || index >= n)
    argument_error(
        {"select: index ", index, " is out of range for axis ", axis, " of x ", x.shape()});
  return apply(Select{axis, index < 0 ? index + n : index}, x);
}

Tensor squeeze(const Tensor& x, int axis) {
  check_defined("squeeze", x);
  axis = checked_axis("squeeze", axis, x.shape());
  Shape shape = x.shape();
  if (shape[axis] == 1) shape.erase(axis);
  return apply(Reshape{shape}, x);
}

Tensor unsqueeze(const Tensor& x, int axis) {
  check_defined("unsqueeze", x);
  const int at = axis < 0 ? axis + x.dim() + 1 : axis;
  if (at < 0 || at > x.dim())
    argument_error({"unsqueeze: axis ", axis, " is out of range for x ", x.shape(), "; expected ",
                    -x.dim() - 1, " to ", x.dim()});
  Shape shape = x.shape();
  if (shape.size() == max_rank)
    argument_error({"unsqueeze: x ", x.shape(), " has ", max_rank, " axes already, the most"});
  shape.insert(at, 1);
  return apply(Reshape{shape}, x);
}

Tensor expand(const Tensor& x, const Shape& shape) {
  check_defined("expand", x);
  Shape to = shape;
  const int shift = to.size() - x.dim();
  for (int i = 0; i < to.size(); ++i) {
    if (to[i] != -1) continue;
    if (i < shift) argument_error({"expand: -1 in ", shape, " names no axis of x ", x.shape()});
    to[i] = x.shape()[i - shift];
  }
  return broadcast("expand", x, to);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  check_defined("broadcast_to", x);
  if (x.shape() == shape) return x;
  return broadcast("broadcast_to", x, shape);
}

Tensor flatten(const Tensor& x, int start, int end) {
  check_defined("flatten", x);
  if (x.dim() == 0) return apply(Reshape{{1}}, x);
  const int first = checked_axis("flatten", start, x.shape());
  const int last = checked_axis("flatten", end, x.shape());
  if (first > last)
    argument_error({"flatten: axis ", start, " is after axis ", end, " in x ", x.shape()});
  Shape shape;
  for (int i = 0; i < x.dim(); ++i) {
    if (i > first && i <= last) shape[shape.size() - 1] *= x.size(i);
    else shape.push_back(x.size(i));
  }
  return apply(Reshape{shape}, x);
}

Tensor contiguous(const Tensor& x) {
  check_defined("contiguous", x);
  return x.is_contiguous() ? x : apply(Clone{}, x);
}

Tensor clone(const Tensor& x) {
  check_defined("clone", x);
  return apply(Clone{}, x);
}

Tensor tril(const Tensor& x, int64_t diagonal) { return checked_triangle<true>(x, diagonal); }
Tensor triu(const Tensor& x, int64_t diagonal) { return checked_triangle<false>(x, diagonal); }

}  // namespace gradus
