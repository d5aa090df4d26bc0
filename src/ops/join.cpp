// SPDX-License-Identifier: MIT
// cat, stack, split, unbind. By index: join_index.cpp. Checks: check/rows/join.cpp.
#include "gradus/ops/join.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

// The positions of parts along an axis: part k from starts[k] to starts[k + 1], or, on a new axis,
// at index k.
template <bool own_axis> struct Parts {
  int axis;
  SmallVector<int64_t, 8> starts;

  Layout layout(const Layout& whole, size_t k) const {
    if (own_axis) return whole.selected(axis, static_cast<int64_t>(k));
    return whole.sliced(axis, starts[k], starts[k + 1] - starts[k], 1);
  }
  Tensor part(const Tensor& whole, size_t k) const {
    return whole.with_layout(layout(whole.layout(), k));
  }
  Tensor cut(const Tensor& whole, size_t k) const {  // differentiable
    if (own_axis) return select(whole, axis, static_cast<int64_t>(k));
    return narrow(whole, axis, starts[k], starts[k + 1] - starts[k]);
  }
};

template <bool own_axis> struct Join {  // y = the concatenation of x_0, x_1, ...
  static constexpr const char* name = own_axis ? "stack" : "cat";
  Parts<own_axis> parts;
  Shape to;
  size_t count = 0;

  Tensor forward(Inputs in) {
    count = in.size();
    const Tensor y = Tensor::empty(to, in[0].dtype());
    for (size_t k = 0; k < count; ++k) parts.part(y, k).copy_(in[k]);
    return y;
  }
  Grads backward(const Tensor& dy, Wanted wanted) const {  // dx_k = part k of dy
    Grads dx;
    for (size_t k = 0; k < count; ++k) dx.push_back(wanted[k] ? parts.part(dy, k) : Tensor{});
    return dx;
  }
  Grads backward_graph(const Tensor& dy, Wanted wanted, const History&) const {
    Grads dx;
    for (size_t k = 0; k < count; ++k) dx.push_back(wanted[k] ? parts.cut(dy, k) : Tensor{});
    return dx;
  }
};

template <bool own_axis> struct Cut {  // y_k = part k of x
  static constexpr const char* name = own_axis ? "unbind" : "split";
  Parts<own_axis> parts;
  size_t count;
  Shape from{};
  DType dtype{};

  Outputs forward(Inputs in) {
    from = in[0].shape(), dtype = in[0].dtype();
    Outputs y;
    for (size_t k = 0; k < count; ++k) y.push_back(parts.part(in[0], k));
    return y;
  }
  Grads backward(const Grads& dy, Wanted) const {  // dx = the concatenation of dy_0, dy_1, ...
    const Tensor dx = Tensor::empty(from, dtype);
    for (size_t k = 0; k < count; ++k) {
      Tensor part = parts.part(dx, k);
      if (dy[k].defined()) part.copy_(dy[k]);
      else part.fill_(0);
    }
    return dx;
  }
  Grads backward_graph(const Grads& dy, Wanted, const History&) const {
    std::vector<Tensor> all;
    for (size_t k = 0; k < count; ++k)
      all.push_back(
          dy[k].defined() ? dy[k] : zeros(parts.layout(Layout::contiguous(from), k).shape, dtype));
    return own_axis ? stack(all, parts.axis) : cat(all, parts.axis);
  }
};

// Checks that all parts are defined and have equal dtypes and, except along `axis`, equal shapes.
void check_parts(const char* op, std::span<const Tensor> parts, int axis) {
  if (parts.empty()) argument_error({op, ": there are no tensors to put together"});
  for (size_t k = 0; k < parts.size(); ++k) {
    const Tensor& x = parts[k];
    if (!x.defined()) argument_error({op, ": tensor ", k, " is undefined"});
    Shape fits = parts[0].shape();
    if (axis >= 0 && axis < x.dim()) fits[axis] = x.shape()[axis];
    if (x.dtype() != parts[0].dtype() || x.shape() != fits)
      argument_error({op, ": tensor ", k, " is ", x.str(), ", tensor 0 is ", parts[0].str(),
                      "; expected one dtype, and the same sizes",
                      axis >= 0 ? text({" but along axis ", axis}) : ""});
  }
}

Tensors split_at(const Tensor& x, int axis, SmallVector<int64_t, 8> starts) {
  const size_t count = starts.size() - 1;
  return apply(Cut<false>{{axis, std::move(starts)}, count}, x);
}

}  // namespace

Tensor cat(std::span<const Tensor> parts, int axis) {
  const Shape first = parts.empty() || !parts[0].defined() ? Shape{1} : parts[0].shape();
  axis = checked_axis("cat", axis, first);
  check_parts("cat", parts, axis);
  Shape to = first;
  SmallVector<int64_t, 8> starts;
  starts.push_back(0);
  for (const Tensor& x : parts) starts.push_back(starts.back() + x.size(axis));
  to[axis] = starts.back();
  return apply(Join<false>{{axis, std::move(starts)}, to}, parts);
}
Tensor cat(std::initializer_list<Tensor> parts, int axis) {
  return cat(std::span<const Tensor>(parts.begin(), parts.size()), axis);
}

Tensor stack(std::span<const Tensor> parts, int axis) {
  check_parts("stack", parts, -1);
  Shape to = parts[0].shape();
  const int at = axis < 0 ? axis + to.size() + 1 : axis;
  if (at < 0 || at > to.size())
    argument_error({"stack: axis ", axis, " is out of range for tensors ", to, "; expected ",
                    -to.size() - 1, " to ", to.size()});
  to.insert(at, static_cast<int64_t>(parts.size()));
  return apply(Join<true>{{at, {}}, to}, parts);
}
Tensor stack(std::initializer_list<Tensor> parts, int axis) {
  return stack(std::span<const Tensor>(parts.begin(), parts.size()), axis);
}

Tensors split(const Tensor& x, int64_t size, int axis) {
  if (!x.defined()) argument_error({"split: x is undefined"});
  axis = checked_axis("split", axis, x.shape());
  if (size < 1) argument_error({"split: size ", size, " must be at least 1"});
  const int64_t n = x.size(axis);
  SmallVector<int64_t, 8> starts;
  for (int64_t at = 0; at < n; at += std::min(size, n - at)) starts.push_back(at);
  if (n == 0) starts.push_back(0);  // one empty piece
  starts.push_back(n);
  return split_at(x, axis, std::move(starts));
}

Tensors split(const Tensor& x, const Dims& sizes, int axis) {
  if (!x.defined()) argument_error({"split: x is undefined"});
  axis = checked_axis("split", axis, x.shape());
  const int64_t n = x.size(axis);
  SmallVector<int64_t, 8> starts;
  starts.push_back(0);
  for (int64_t size : sizes) {
    if (size < 0 || size > n - starts.back()) break;
    starts.push_back(starts.back() + size);
  }
  if (sizes.empty() || starts.size() != static_cast<size_t>(sizes.size()) + 1 || starts.back() != n)
    argument_error(
        {"split: sizes ", sizes, " must add up to ", n, ", axis ", axis, " of x ", x.shape()});
  return split_at(x, axis, std::move(starts));
}

Tensors unbind(const Tensor& x, int axis) {
  if (!x.defined()) argument_error({"unbind: x is undefined"});
  axis = checked_axis("unbind", axis, x.shape());
  return apply(Cut<true>{{axis, {}}, static_cast<size_t>(x.size(axis))}, x);
}

}  // namespace gradus
