// SPDX-License-Identifier: MIT
// rnn, gru, lstm. Kernels: kernels/recurrent.h, its cells kernels/recurrent_cells.h. Checks:
// check/rows/recurrent.cpp.
#include "gradus/ops/recurrent.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "kernels/recurrent.h"

namespace gradus {
namespace {

template <class Cell> constexpr const char* name_of = "rnn";
template <> constexpr const char* name_of<kernels::GruCell> = "gru";
template <> constexpr const char* name_of<kernels::LstmCell> = "lstm";

// The loop over time. Inputs: a = W x + b of all steps, h0, [c0], U, [bias of U].
template <class Cell> struct Recurrent {
  static constexpr const char* name = name_of<Cell>;
  static constexpr size_t states = Cell::has_c ? 2 : 1;
  RecurrentOptions options;
  bool has_bias;
  Tensor h0{}, c0{}, w{}, y{}, kept{};

  kernels::Sequences sequences() const {
    const int64_t outer = y.size(0), inner = y.size(1);
    return {.B = options.batch_first ? outer : inner,
            .T = options.batch_first ? inner : outer,
            .H = y.size(2),
            .lengths = options.lengths.empty() ? nullptr : options.lengths.data(),
            .reverse = options.reverse,
            .batch_first = options.batch_first};
  }
  int64_t width() const { return Cell::gates * w.size(1); }

  Outputs forward(Inputs in) {
    const Tensor a = in[0].contiguous_data();
    h0 = in[1].contiguous_data(), w = in[states + 1].contiguous_data();
    if (Cell::has_c) c0 = in[2].contiguous_data();
    const Tensor bias = has_bias ? in[states + 2].contiguous_data() : Tensor{};
    const int64_t H = h0.size(1);
    y = Tensor::empty({a.size(0), a.size(1), H}, a.dtype());
    kept = Tensor::empty({a.size(0), a.size(1), Cell::kept, H}, a.dtype());
    Tensor h = Tensor::empty(h0.shape(), a.dtype());
    Tensor scratch = Tensor::empty({h0.size(0), width()}, a.dtype());
    Tensor packed = Tensor::empty({kernels::packed_size(H, width())}, a.dtype());
    Tensor c = Cell::has_c ? Tensor::empty(h0.shape(), a.dtype()) : Tensor{};
    dispatch_float(a.dtype(), [&]<class T>() {
      kernels::recurrent<Cell, T>(
          sequences(),
          {.a = a.data<T>(),
           .h0 = h0.data<T>(),
           .c0 = to_read<T>(c0),
           .bias = to_read<T>(bias),
           .w = kernels::pack<T>(H, width(), {w.data<T>(), H, true}, packed.mutable_data<T>()),
           .y = y.mutable_data<T>(),
           .kept = kept.mutable_data<T>(),
           .h = h.mutable_data<T>(),
           .c = to_write<T>(c),
           .scratch = scratch.mutable_data<T>()});
    });
    if (Cell::has_c) return {y, h, c};
    return {y, h};
  }

  // da_t, du_t by the cell, from the last step to the first; dU = sum of du_t h_{t-1}^T
  Grads backward(const Grads& dy, Wanted wanted) const {
    const int64_t rows = y.size(0) * y.size(1), H = w.size(1);
    Tensor da = Tensor::empty({y.size(0), y.size(1), width()}, y.dtype());
    Tensor du = Cell::same_gradients ? Tensor{} : Tensor::empty(da.shape(), y.dtype());
    Tensor dh = Tensor::empty(h0.shape(), y.dtype()), dc = Cell::has_c ? dh.clone_data() : Tensor{};
    const Tensor dout = plain(dy[0]), dlast = plain(dy[1]);
    const Tensor dc_n = Cell::has_c ? plain(dy[2]) : Tensor{};
    Tensor scratch = Tensor::empty({h0.size(0), width()}, y.dtype());
    Tensor packed = Tensor::empty({kernels::packed_size(width(), H)}, y.dtype());
    dispatch_float(y.dtype(), [&]<class T>() {
      kernels::recurrent_backward<Cell, T>(
          sequences(),
          {.a = nullptr,
           .h0 = h0.data<T>(),
           .c0 = to_read<T>(c0),
           .bias = nullptr,
           .w = kernels::pack<T>(width(), H, {w.data<T>(), H}, packed.mutable_data<T>()),
           .y = const_cast<T*>(y.data<T>()),
           .kept = const_cast<T*>(kept.data<T>()),
           .h = nullptr,
           .c = nullptr,
           .scratch = scratch.mutable_data<T>()},
          {.dy = to_read<T>(dout),
           .dh = to_read<T>(dlast),
           .dc = to_read<T>(dc_n),
           .da = da.mutable_data<T>(),
           .du = to_write<T>(du),
           .dh0 = dh.mutable_data<T>(),
           .dc0 = to_write<T>(dc)});
    });
    const Tensor& sums = du.defined() ? du : da;
    Grads grads;
    grads.resize(states + 2 + has_bias);
    if (wanted[states + 1]) grads[states + 1] = weight_gradient(sums, rows, H);
    if (has_bias && wanted[states + 2]) grads[states + 2] = sum(sums, {0, 1});
    if (wanted[0]) grads[0] = std::move(da);
    if (wanted[1]) grads[1] = std::move(dh);
    if (Cell::has_c && wanted[2]) grads[2] = std::move(dc);
    return grads;
  }

 private:
  template <class T> static const T* to_read(const Tensor& x) {
    return x.defined() ? x.data<T>() : nullptr;
  }
  template <class T> static T* to_write(Tensor& x) {
    return x.defined() ? x.mutable_data<T>() : nullptr;
  }
  static Tensor plain(const Tensor& x) { return x.defined() ? x.contiguous_data() : x; }

  Tensor weight_gradient(const Tensor& du, int64_t rows, int64_t H) const {
    Tensor before = Tensor::empty({rows, H}, y.dtype()), dw = Tensor::empty(w.shape(), y.dtype());
    dispatch_float(y.dtype(), [&]<class T>() {
      kernels::states_before(sequences(), y.data<T>(), h0.data<T>(), before.mutable_data<T>());
      kernels::gemm<T>({width(), H, rows}, 1, {du.data<T>(), width(), true}, {before.data<T>(), H},
                       0, dw.mutable_data<T>(), H);
    });
    return dw;
  }
};

// ---- shared by the public functions

void check_shape(const char* op, const char* what, const Tensor& p, const Shape& wanted,
                 const Tensor& x) {
  if (!p.defined()) return;
  check_same_dtype(op, what, p, "x", x);
  if (p.shape() != wanted) argument_error({op, ": ", what, " ", p.shape(), " must be ", wanted});
}

void check_lengths(const char* op, const RecurrentOptions& o, int64_t B, int64_t T) {
  if (o.lengths.empty()) return;
  if (static_cast<int64_t>(o.lengths.size()) != B)
    argument_error({op, ": ", o.lengths.size(), " lengths for a batch of ", B});
  for (size_t b = 0; b < o.lengths.size(); ++b)
    if (o.lengths[b] < 0 || o.lengths[b] > T)
      argument_error({op, ": length ", o.lengths[b], " of sequence ", b, " must be 0 to ", T});
}

void check(const char* op, int64_t gates, const Tensor& x, const Tensor& h0, const Tensor& c0,
           const RecurrentWeights& w, const RecurrentOptions& o) {
  check_float(op, "x", x);
  check_float(op, "w.hh", w.hh);
  check_float(op, "w.ih", w.ih);
  if (x.dim() != 3)
    argument_error({op, ": x ", x.shape(), " must have three axes, ",
                    o.batch_first ? "[B, T, I]" : "[T, B, I]"});
  if (w.hh.dim() != 2 || w.hh.size(0) != gates * w.hh.size(1))
    argument_error({op, ": w.hh ", w.hh.shape(), " must be [", gates, " H, H]"});
  const int64_t H = w.hh.size(1), B = x.size(o.batch_first ? 0 : 1);
  check_shape(op, "w.hh", w.hh, {gates * H, H}, x);
  check_shape(op, "w.ih", w.ih, {gates * H, x.size(2)}, x);
  check_shape(op, "w.b_ih", w.b_ih, {gates * H}, x);
  check_shape(op, "w.b_hh", w.b_hh, {gates * H}, x);
  check_shape(op, "h0", h0, {B, H}, x);
  check_shape(op, "c0", c0, {B, H}, x);
  check_lengths(op, o, B, x.size(o.batch_first ? 1 : 0));
}

template <class Cell>
Tensors run(const Tensor& x, const Tensor& h0, const Tensor& c0, const RecurrentWeights& w,
            const RecurrentOptions& o) {
  check(Recurrent<Cell>::name, Cell::gates, x, h0, c0, w, o);
  const Shape state{x.size(o.batch_first ? 0 : 1), w.hh.size(1)};
  Tensors in{linear(x, w.ih, w.b_ih), h0.defined() ? h0 : zeros(state, x.dtype())};
  if (Cell::has_c) in.push_back(c0.defined() ? c0 : zeros(state, x.dtype()));
  in.push_back(w.hh);
  if (w.b_hh.defined()) in.push_back(w.b_hh);
  return apply(Recurrent<Cell>{o, w.b_hh.defined()}, Inputs(in.data(), in.size()));
}

}  // namespace

Tensors rnn(const Tensor& x, const Tensor& h0, const RecurrentWeights& w,
            const RecurrentOptions& options, RnnNonlinearity f) {
  if (f == RnnNonlinearity::relu) return run<kernels::RnnCell<true>>(x, h0, {}, w, options);
  return run<kernels::RnnCell<false>>(x, h0, {}, w, options);
}

Tensors gru(const Tensor& x, const Tensor& h0, const RecurrentWeights& w,
            const RecurrentOptions& options) {
  return run<kernels::GruCell>(x, h0, {}, w, options);
}

Tensors lstm(const Tensor& x, const Tensor& h0, const Tensor& c0, const RecurrentWeights& w,
             const RecurrentOptions& options) {
  return run<kernels::LstmCell>(x, h0, c0, w, options);
}

}  // namespace gradus
