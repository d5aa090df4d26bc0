// SPDX-License-Identifier: MIT
// gather, scatter, scatter_add, index_select. Kernel: kernels/gather.h.
// Checks: check/rows/join_index.cpp.
#include <algorithm>

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "kernels/gather.h"

namespace gradus {
namespace {

kernels::IndexLoop loop_of(int axis, const Tensor& index, const Tensor& a, const Tensor& b) {
  kernels::IndexLoop loop{};
  loop.n = index.size(axis);
  const Strides* strides[] = {&index.strides(), &a.strides(), &b.strides()};
  for (int k = 0; k < 3; ++k) loop.step[k] = (*strides[k])[axis];
  for (int i = 0; i < index.dim(); ++i)
    if (i != axis)
      loop.lines.add_axis(index.shape()[i], {index.strides()[i], a.strides()[i], b.strides()[i]});
  return loop;
}

// Calls f(indexed element of a, element of b at the position of the index). Written operands are
// passed as pointers to T, read ones as pointers to const T.
template <class A, class B, class F>
void walk(int axis, const Tensor& index, const Tensor& a, A* at_a, const Tensor& b, B* at_b, F f,
          bool reverse = false) {
  kernels::for_each_index(loop_of(axis, index, a, b), index.data<int64_t>(), at_a, at_b, reverse,
                          f);
}

// b = the indexed elements of a.
void take(int axis, const Tensor& index, const Tensor& a, Tensor& b) {
  dispatch_all(a.dtype(), [&]<class T>() {
    walk(axis, index, a, a.data<T>(), b, b.mutable_data<T>(), [](const T& x, T& y) { y = x; });
  });
}

// The indexed elements of a += b.
void add(int axis, const Tensor& index, Tensor& a, const Tensor& b) {
  dispatch_number(a.dtype(), [&]<class T>() {
    walk(axis, index, a, a.mutable_data<T>(), b, b.data<T>(), [](T& x, const T& y) { x += y; });
  });
}

struct Gather {  // y_j = x_index(j)
  static constexpr const char* name = "gather";
  int axis;
  Shape from{};
  Tensor index{};

  Tensor forward(Inputs in) {
    from = in[0].shape();
    index = in[1];
    Tensor y = Tensor::empty(index.shape(), in[0].dtype());
    take(axis, index, in[0], y);
    return y;
  }
  Grads backward(const Tensor& dy, Wanted) const {  // dx_index(j) += dy_j
    Tensor dx = zeros(from, dy.dtype());
    add(axis, index, dx, dy);
    return {dx, Tensor{}};
  }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    return {scatter_add(zeros(from, dy.dtype()), axis, h.input(1, index), dy), Tensor{}};
  }
};

// The indexed elements of dy, at the positions of the index in the shape of a source, which may be
// longer; zeros in the rest.
Tensor beside(const Tensor& dy, int axis, const Tensor& index, const Shape& shape) {
  Tensor y = gather(dy, axis, index);
  for (int i = 0; i < shape.size(); ++i) {
    Shape rest = y.shape();
    rest[i] = shape[i] - rest[i];
    if (rest[i] > 0) y = cat({y, zeros(rest, y.dtype())}, i);
  }
  return y;
}

struct Scatter {  // y_index(j) = src_j
  static constexpr const char* name = "scatter";
  int axis;
  Shape from{};
  Tensor index{};

  Tensor forward(Inputs in) {
    from = in[2].shape();
    index = in[1];
    Tensor y = in[0].clone_data();
    dispatch_all(y.dtype(), [&]<class T>() {
      walk(axis, index, y, y.mutable_data<T>(), in[2], in[2].data<T>(),
           [](T& x, const T& src) { x = src; });
    });
    return y;
  }
  // Runs in reverse: the last of several writes takes all of dy and leaves 0 for the others and dx.
  Grads backward(const Tensor& dy, Wanted wanted) const {
    Tensor dx = dy.clone_data(), dsrc = zeros(from, dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      walk(
          axis, index, dx, dx.mutable_data<T>(), dsrc, dsrc.mutable_data<T>(),
          [](T& x, T& src) { src = x, x = 0; }, true);
    });
    return {wanted[0] ? dx : Tensor{}, Tensor{}, wanted[2] ? dsrc : Tensor{}};
  }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    const Tensor rest = backward(ones_like(dy), {})[0];  // 1 where nothing was written
    const Tensor last = backward(ones_like(dy), {})[2];  // 1 where the source is in y
    return {dy * rest, Tensor{}, last * beside(dy, axis, h.input(1, index), from)};
  }
};

struct ScatterAdd {  // y_index(j) += src_j
  static constexpr const char* name = "scatter_add";
  int axis;
  Shape from{};
  Tensor index{};

  Tensor forward(Inputs in) {
    from = in[2].shape();
    index = in[1];
    Tensor y = in[0].clone_data();
    add(axis, index, y, in[2]);
    return y;
  }
  Grads backward(const Tensor& dy, Wanted wanted) const {  // dx = dy;  dsrc_j = dy_index(j)
    Tensor dsrc;
    if (wanted[2]) take(axis, index, dy, dsrc = zeros(from, dy.dtype()));
    return {wanted[0] ? dy : Tensor{}, Tensor{}, dsrc};
  }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    return {dy, Tensor{}, beside(dy, axis, h.input(1, index), from)};
  }
};

// Throws unless every value of the index is valid along the axis of x.
void check_values(const char* op, const Tensor& index_in, const Tensor& x, int axis) {
  const Tensor index = index_in.contiguous_data();
  const int64_t* v = index.data<int64_t>();
  int64_t at = kernels::first_outside(index.numel(), v, x.size(axis));
  if (at < 0) return;
  const int64_t value = v[at];
  Dims place = index.shape();
  for (int i = place.size() - 1; i >= 0; --i) {
    place[i] = at % index.size(i);
    at /= index.size(i);
  }
  argument_error({op, ": index ", value, " at ", place, " is out of range for axis ", axis,
                  " of x ", x.shape(), ", which has size ", x.size(axis)});
}

// Checks that `index` is i64, has the rank of x, and is not longer than `limit` except along `but`.
void check_index(const char* op, const Tensor& index, const char* what, const Tensor& limit,
                 int but) {
  bool fits = index.dim() == limit.dim();
  for (int i = 0; fits && i < index.dim(); ++i) fits = i == but || index.size(i) <= limit.size(i);
  if (!fits)
    argument_error({op, ": index ", index.shape(), " must have as many axes as ", what, " ",
                    limit.shape(), " and must not be longer",
                    but >= 0 ? text({", but along axis ", but}) : ""});
}

int checked(const char* op, const Tensor& x, int axis, const Tensor& index) {
  if (!x.defined()) argument_error({op, ": x is undefined"});
  check_dtype(op, "index", index, DType::i64);
  return checked_axis(op, axis, x.shape());
}

template <class R>
Tensor scattered(const Tensor& x, int axis, const Tensor& index, const Tensor& src) {
  axis = checked(R::name, x, axis, index);
  check_same_dtype(R::name, "src", src, "x", x);
  check_index(R::name, index, "x", x, axis);
  check_index(R::name, index, "src", src, -1);
  check_values(R::name, index, x, axis);
  return apply(R{axis}, x, index, src);
}

}  // namespace

Tensor gather(const Tensor& x, int axis, const Tensor& index) {
  axis = checked("gather", x, axis, index);
  check_index("gather", index, "x", x, axis);
  check_values("gather", index, x, axis);
  return apply(Gather{axis}, x, index);
}

Tensor scatter(const Tensor& x, int axis, const Tensor& index, const Tensor& src) {
  return scattered<Scatter>(x, axis, index, src);
}

Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& src) {
  if (x.defined() && x.dtype() == DType::boolean)
    argument_error({"scatter_add: x is ", x.str(), "; expected f32, f64 or i64"});
  return scattered<ScatterAdd>(x, axis, index, src);
}

Tensor index_select(const Tensor& x, int axis, const Tensor& index) {
  axis = checked("index_select", x, axis, index);
  if (index.dim() != 1)
    argument_error({"index_select: index ", index.shape(), " must have one axis"});
  check_values("index_select", index, x, axis);
  Layout everywhere{x.shape()};  // the index, broadcast to all lines of x
  everywhere.shape[axis] = index.numel();
  everywhere.strides = Dims::filled(x.dim(), 0);
  everywhere.strides[axis] = index.strides()[0];
  everywhere.offset = index.layout().offset;
  return apply(Gather{axis}, x, index.with_layout(everywhere));
}

Tensor index_select(const Tensor& x, int axis, const std::vector<int64_t>& index) {
  Tensor all = Tensor::empty({static_cast<int64_t>(index.size())}, DType::i64);
  std::copy(index.begin(), index.end(), all.mutable_data<int64_t>());
  return index_select(x, axis, all);
}

}  // namespace gradus
