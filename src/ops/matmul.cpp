// SPDX-License-Identifier: MIT
// matmul and linear. Kernels: kernels/gemm.h, kernels/linear.h. Checks: check/rows/matmul.cpp.
#include "gradus/ops/matmul.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "kernels/linear.h"
#include "ops/matrix.h"

namespace gradus {

Tensor as_matrices(const Tensor& x) {
  const int64_t rows = x.size(-2), cols = x.size(-1);
  const int64_t down = x.strides()[x.dim() - 2], along = x.strides()[x.dim() - 1];
  const bool by_rows = (along == 1 || cols == 1) && (down >= cols || rows == 1);
  const bool by_columns = (down == 1 || rows == 1) && (along >= rows || cols == 1);
  const bool short_enough = down <= INT32_MAX && along <= INT32_MAX;
  return (by_rows || by_columns) && short_enough ? x : x.clone_data();
}

Tensor reshaped_data(const Tensor& x, const Shape& shape) {
  Layout layout;
  if (x.layout().reshaped(shape, layout)) return x.with_layout(layout);
  return x.contiguous_data().with_layout(Layout::contiguous(shape));
}

namespace {

void check_lengths(const char* op, const Tensor& x) {
  for (int64_t n : x.shape())
    if (n > INT32_MAX)
      argument_error({op, ": an axis of ", x.shape(), " is too long for the BLAS"});
}

// c = op(a) op(b) for each matrix of a batch; all have the same leading axes, c is row-major.
void multiply(const Tensor& a, bool ta, const Tensor& b, bool tb, Tensor& c) {
  const Tensor x = as_matrices(a), y = as_matrices(b);
  const kernels::Product size{c.size(-2), c.size(-1), x.size(ta ? -2 : -1)};
  kernels::StridedLoop<3> batch;
  for (int i = 0; i + 2 < c.dim(); ++i)
    batch.add_axis(c.size(i), {x.strides()[i], y.strides()[i], c.strides()[i]});
  dispatch_float(c.dtype(), [&]<class T>() {
    kernels::gemm_batch(batch, size, T(1), factor_of<T>(x, ta), factor_of<T>(y, tb), T(0),
                        c.mutable_data<T>(), size.n > 1 ? size.n : 1);
  });
}

// Merges all axes but the last.
Shape as_rows(const Shape& s) {
  int64_t rows = 1;
  for (int i = 0; i + 1 < s.size(); ++i) rows *= s[i];
  return {rows, s.back()};
}

// Treats a vector as one row or column; if b is a single matrix, merges the rows of all of a's
// matrices.
struct Matmul {
  static constexpr const char* name = "matmul";
  Shape y_shape;  // [.., M, N], without the axes that vectors lack
  Shape a_shape{}, b_shape{};
  Tensor a{}, b{};

  Tensor forward(Inputs in) {
    a_shape = in[0].shape(), b_shape = in[1].shape();
    b = b_shape.size() > 1 ? in[1] : reshaped_data(in[1], {b_shape[0], 1});
    a = b.dim() > 2 ? in[0] : reshaped_data(in[0], as_rows(a_shape));
    Tensor y = Tensor::empty(product_shape(), a.dtype());
    multiply(a, false, b, false, y);
    return y.with_layout(Layout::contiguous(y_shape));
  }

  Grads backward(const Tensor& dy_in, Wanted w) const {  // da = dy b^T, db = a^T dy
    const Tensor dy = reshaped_data(dy_in, product_shape());
    Grads grads{Tensor{}, Tensor{}};
    if (w[0]) {
      Tensor da = Tensor::empty(a.shape(), a.dtype());
      multiply(dy, false, b, true, da);
      grads[0] = da.with_layout(Layout::contiguous(a_shape));
    }
    if (w[1]) {
      Tensor db = Tensor::empty(b.shape(), b.dtype());
      multiply(a, true, dy, false, db);
      grads[1] = db.with_layout(Layout::contiguous(b_shape));
    }
    return grads;
  }

  Grads backward_graph(const Tensor& dy_in, Wanted w, const History& h) const {
    Tensor x = h.input(0, reshaped_data(a, a_shape)), v = h.input(1, reshaped_data(b, b_shape));
    if (x.dim() == 1) x = unsqueeze(x, 0);
    if (v.dim() == 1) v = unsqueeze(v, 1);
    Shape product = x.shape();
    product[product.size() - 1] = v.size(-1);
    const Tensor dy = reshape(dy_in, product);
    Grads grads{Tensor{}, Tensor{}};
    if (w[0]) grads[0] = reshape(matmul(dy, transpose(v, -2, -1)), a_shape);
    if (w[1] && v.dim() > 2) grads[1] = matmul(transpose(x, -2, -1), dy);
    if (w[1] && v.dim() == 2)
      grads[1] = reshape(
          matmul(transpose(reshape(x, as_rows(x.shape())), 0, 1), reshape(dy, as_rows(product))),
          b_shape);
    return grads;
  }

 private:
  Shape product_shape() const {
    Shape s = a.shape();
    s[s.size() - 1] = b.shape().back();
    return s;
  }
};

using kernels::ValueSlope;

// f(z) for each activation: value and derivative.
template <class F> auto with_activation(Activation activation, F&& f) {
  switch (activation) {
    case Activation::none: break;
    case Activation::relu:
      return f([]<class T>(T z) { return ValueSlope<T>{z < 0 ? T(0) : z, z > 0 ? T(1) : T(0)}; });
    case Activation::gelu: return f([](auto z) { return kernels::gelu(z); });
    case Activation::gelu_tanh: return f([](auto z) { return kernels::gelu_tanh(z); });
    case Activation::relu_squared:
      return f([]<class T>(T z) {
        const T positive = z < 0 ? T(0) : z;  // NaN stays
        return ValueSlope<T>{positive * positive, 2 * positive};
      });
  }
  return f([]<class T>(T z) { return ValueSlope<T>{z, T(1)}; });
}

struct Linear {  // y = f(z), z = x W^T + b
  static constexpr const char* name = "linear";
  Activation activation;
  bool biased, tracked;
  Shape x_shape{};
  Tensor x{}, weight{}, y{}, slope{}, bias{};  // y for relu; f'(z) and the bias for the others

  Tensor forward(Inputs in) {
    x_shape = in[0].shape();
    x = as_matrices(reshaped_data(in[0], as_rows(x_shape)));
    weight = as_matrices(in[1]);
    if (biased) bias = in[2].contiguous_data();
    const int64_t rows = x.size(0), cols = weight.size(0);
    Tensor out = Tensor::empty({rows, cols}, x.dtype());
    if (tracked && saves_slope()) slope = Tensor::empty({rows, cols}, x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() { product<T>(out); });
    if (activation == Activation::relu) y = out;
    if (!slope.defined()) bias = {};
    Shape shape = x_shape;
    shape[shape.size() - 1] = cols;
    return out.with_layout(Layout::contiguous(shape));
  }

  // dz = dy f'(z); dx = dz W, dW = dz^T x, db = sum of dz
  Grads backward(const Tensor& dy, Wanted w) const {
    const int64_t rows = x.size(0), cols = weight.size(0);
    Tensor dz = as_matrices(reshaped_data(dy, {rows, cols}));
    Grads grads{Tensor{}, Tensor{}};
    if (biased) grads.push_back({});
    const bool sums = biased && w[2];
    if (sums || activation != Activation::none)
      dispatch_float(x.dtype(), [&]<class T>() {
        Tensor db = through_activation<T>(dz, sums);
        if (sums) grads[2] = std::move(db);
      });
    if (w[0]) {
      Tensor dx = Tensor::empty(x.shape(), x.dtype());
      multiply(dz, false, weight, false, dx);
      grads[0] = dx.with_layout(Layout::contiguous(x_shape));
    }
    if (w[1]) {
      grads[1] = Tensor::empty(weight.shape(), x.dtype());
      multiply(dz, true, x, false, grads[1]);
    }
    return grads;
  }

  Grads backward_graph(const Tensor& dy, Wanted w, const History& h) const {
    const Tensor in = h.input(0, reshaped_data(x, x_shape)), W = h.input(1, weight);
    Tensor dz = dy;
    if (activation == Activation::relu)
      dz = masked_fill(dy, le(reshape(y.detach(), dy.shape()), 0), 0);
    if (saves_slope()) {
      const Tensor z = gradus::linear(in, W, biased ? h.input(2, bias) : Tensor{});
      const auto f = [this](Inputs one) {
        if (activation == Activation::gelu) return gelu(one[0], Gelu::none);
        if (activation == Activation::gelu_tanh) return gelu(one[0], Gelu::tanh);
        return pow(relu(one[0]), 2);
      };
      dz = grads_through(f, {&z, 1}, dy, {})[0];
    }
    Grads grads{Tensor{}, Tensor{}};
    const Tensor rows = reshape(dz, {x.size(0), weight.size(0)});
    if (w[0]) grads[0] = reshape(matmul(rows, W), x_shape);
    if (w[1]) grads[1] = matmul(transpose(rows, 0, 1), reshape(in, x.shape()));
    if (biased) grads.push_back(w[2] ? sum(rows, {0}) : Tensor{});
    return grads;
  }

 private:
  bool saves_slope() const {
    return activation != Activation::none && activation != Activation::relu;
  }

  template <class T> void product(Tensor& out) {
    const int64_t cols = weight.size(0), ld = cols > 1 ? cols : 1;
    const T* b = biased ? bias.data<T>() : nullptr;
    T* z = out.mutable_data<T>();
    T* slopes = slope.defined() ? slope.mutable_data<T>() : nullptr;
    with_activation(activation, [&](auto f) {
      const auto finish = [=](int64_t r, int64_t c, int64_t m, int64_t n) {
        const int64_t at = r * ld + c;
        T* d = slopes ? slopes + at : nullptr;
        kernels::add_and_activate(m, n, b ? b + c : b, z + at, d, ld, f);
      };
      const bool plain = !b && activation == Activation::none;
      kernels::gemm({x.size(0), cols, x.size(1)}, T(1), factor_of<T>(x), factor_of<T>(weight, true),
                    T(0), z, ld, plain ? kernels::Epilogue{} : kernels::epilogue(finish));
    });
  }

  // Replaces dz, which is dy at first; returns the gradient of the bias if it is wanted.
  template <class T> Tensor through_activation(Tensor& dz, bool wants_bias) const {
    const int64_t rows = x.size(0), cols = weight.size(0);
    const Tensor dy = dz.strides()[1] == 1 || cols == 1 ? dz : dz.clone_data();
    const int64_t block = kernels::rows_of_block(rows), blocks = (rows + block - 1) / block;
    Tensor db, sums = Tensor::empty({wants_bias ? blocks : 0, cols}, dy.dtype());
    T* to = nullptr;
    if (activation != Activation::none) dz = Tensor::empty({rows, cols}, dy.dtype());
    if (activation != Activation::none) to = dz.mutable_data<T>();
    const auto run = [&](auto slope_at) {
      kernels::linear_backward(rows, cols, dy.data<T>(), dy.strides()[0], slope_at, to,
                               wants_bias ? sums.mutable_data<T>() : nullptr);
    };
    if (activation == Activation::relu)
      run([out = y.data<T>()](int64_t i) { return out[i] > 0 ? T(1) : T(0); });
    else if (saves_slope()) run([d = slope.data<T>()](int64_t i) { return d[i]; });
    else run([](int64_t) { return T(1); });
    if (!wants_bias) return db;
    db = Tensor::empty({cols}, dy.dtype());
    kernels::sum_rows(blocks, cols, sums.data<T>(), db.mutable_data<T>());
    return db;
  }
};

// Leading axes: all but the last two.
Shape batch_of(const Tensor& x) {
  Shape s;
  for (int i = 0; i + 2 < x.dim(); ++i) s.push_back(x.size(i));
  return s;
}

Shape broadcast_batches(const Tensor& a, const Tensor& b) {
  Shape x = batch_of(a), y = batch_of(b);
  for (int i = 1; i <= x.size() && i <= y.size(); ++i) {
    const int64_t m = x[x.size() - i], n = y[y.size() - i];
    if (m != n && m != 1 && n != 1)
      argument_error({"matmul: a ", a.shape(), " and b ", b.shape(), ": their batches ", x, " and ",
                      y, " cannot be broadcast together"});
  }
  return broadcast_shapes("matmul", x, y);
}

Shape joined(Shape batch, int64_t rows, int64_t cols) {
  batch.push_back(rows);
  batch.push_back(cols);
  return batch;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check_float("matmul", "a", a);
  check_same_dtype("matmul", "b", b, "a", a);
  if (a.dim() == 0 || b.dim() == 0)
    argument_error({"matmul: a ", a.shape(), " and b ", b.shape(),
                    " must have at least one axis each; for a scalar use *"});
  if (a.size(-1) != b.size(b.dim() == 1 ? 0 : -2))
    argument_error({"matmul: a ", a.shape(), " and b ", b.shape(), " cannot be multiplied: the ",
                    "last axis of a has ", a.size(-1), ", the ",
                    b.dim() > 1 ? "last but one of b has " : "axis of b has ",
                    b.size(b.dim() == 1 ? 0 : -2)});
  check_lengths("matmul", a), check_lengths("matmul", b);
  if (b.dim() <= 2) {
    Shape y = a.shape();
    y.erase(y.size() - 1);
    if (b.dim() == 2) y.push_back(b.size(1));
    return apply(Matmul{.y_shape = y}, a, b);
  }
  const Tensor left = a.dim() == 1 ? unsqueeze(a, 0) : a;
  const Shape batch = broadcast_batches(left, b);
  Shape y = joined(batch, left.size(-2), b.size(-1));
  if (a.dim() == 1) y.erase(y.size() - 2);
  return apply(Matmul{.y_shape = y},
               broadcast_to(left, joined(batch, left.size(-2), left.size(-1))),
               broadcast_to(b, joined(batch, b.size(-2), b.size(-1))));
}

Tensor bmm(const Tensor& a, const Tensor& b) {
  if (a.dim() != 3 || b.dim() != 3 || a.size(0) != b.size(0))
    argument_error({"bmm: a ", a.shape(), " and b ", b.shape(),
                    "; expected [B, M, K] and [B, K, N], with one B"});
  return matmul(a, b);
}

Tensor outer(const Tensor& a, const Tensor& b) {
  if (a.dim() != 1 || b.dim() != 1)
    argument_error({"outer: a ", a.shape(), " and b ", b.shape(), "; expected one axis each"});
  return matmul(unsqueeze(a, 1), unsqueeze(b, 0));
}

const char* name(Activation a) {
  constexpr const char* names[] = {"none", "relu", "gelu", "gelu_tanh", "relu_squared"};
  return names[static_cast<int>(a)];
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation) {
  check_float("linear", "x", x);
  check_same_dtype("linear", "weight", weight, "x", x);
  if (weight.dim() != 2 || x.dim() == 0 || x.size(-1) != weight.size(1))
    argument_error({"linear: x ", x.shape(), " and weight ", weight.shape(),
                    " do not fit; expected x [.., in] and weight [out, in]"});
  if (bias.defined()) {
    check_same_dtype("linear", "bias", bias, "x", x);
    if (bias.shape() != Shape{weight.size(0)})
      argument_error({"linear: bias ", bias.shape(), " must be [", weight.size(0),
                      "], the first axis of weight ", weight.shape()});
  }
  check_lengths("linear", x), check_lengths("linear", weight);
  const bool tracked = grad_enabled() && (x.requires_grad() || weight.requires_grad() ||
                                          (bias.defined() && bias.requires_grad()));
  const Linear rule{.activation = activation, .biased = bias.defined(), .tracked = tracked};
  return bias.defined() ? apply(Linear{rule}, x, weight, bias) : apply(Linear{rule}, x, weight);
}

}  // namespace gradus
