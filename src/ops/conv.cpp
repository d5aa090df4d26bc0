// SPDX-License-Identifier: MIT
// conv1d. Kernel: kernels/conv.h. Checks: check/rows/conv.cpp.
#include "gradus/ops/conv.h"

#include "gradus/autograd/rule.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/check.h"
#include "gradus/ops/reduce.h"
#include "kernels/conv.h"

namespace gradus {
namespace {

struct Conv1d {
  static constexpr const char* name = "conv1d";
  kernels::ConvSizes sizes;
  bool has_bias;
  Tensor x{}, w{};

  Tensor forward(Inputs in) {
    x = in[0].contiguous_data(), w = in[1].contiguous_data();
    const Tensor bias = has_bias ? in[2].contiguous_data() : Tensor{};
    Tensor y = Tensor::empty({sizes.B, sizes.O, sizes.L}, x.dtype()), scratch = make_scratch();
    dispatch_float(x.dtype(), [&]<class T>() {
      kernels::conv(sizes, x.data<T>(), w.data<T>(), has_bias ? bias.data<T>() : nullptr,
                    y.mutable_data<T>(), scratch.mutable_data<T>());
    });
    return y;
  }

  // dx: each dy is added back along its taps; dw: dy times the inputs it multiplied; db: sum of dy
  Grads backward(const Tensor& dy_in, Wanted wanted) const {
    const Tensor dy = dy_in.contiguous_data();
    Tensor scratch = make_scratch();
    Grads grads;
    grads.resize(has_bias ? 3 : 2);
    dispatch_float(x.dtype(), [&]<class T>() {
      if (wanted[0]) {
        grads[0] = Tensor::empty(x.shape(), x.dtype());
        kernels::conv_backward_input(sizes, w.data<T>(), dy.data<T>(), grads[0].mutable_data<T>(),
                                     scratch.mutable_data<T>());
      }
      if (!wanted[1]) return;
      Tensor sums = Tensor::empty({sizes.blocks(), w.numel()}, x.dtype());
      grads[1] = Tensor::empty(w.shape(), x.dtype());
      kernels::conv_backward_weight(sizes, x.data<T>(), dy.data<T>(), grads[1].mutable_data<T>(),
                                    sums.mutable_data<T>(), scratch.mutable_data<T>());
    });
    if (has_bias && wanted[2]) grads[2] = sum(dy, {0, 2});
    return grads;
  }

 private:
  Tensor make_scratch() const { return Tensor::empty({num_threads(), sizes.scratch()}, x.dtype()); }
};

kernels::ConvSizes checked_sizes(const Tensor& x, const Tensor& w, const Tensor& bias,
                                 const Conv1dOptions& o) {
  check_float("conv1d", "x", x);
  check_same_dtype("conv1d", "weight", w, "x", x);
  if (x.dim() != 3) argument_error({"conv1d: x ", x.shape(), " must be [B, C, T]"});
  if (w.dim() != 3 || w.size(2) < 1)
    argument_error(
        {"conv1d: weight ", w.shape(), " must be [O, C / groups, K] with K of 1 or more"});
  if (o.stride < 1 || o.dilation < 1 || o.groups < 1 || o.padding < 0)
    argument_error({"conv1d: stride ", o.stride, ", dilation ", o.dilation, ", groups ", o.groups,
                    ", padding ", o.padding, "; expected 1, 1, 1 and 0 or more"});
  if (o.causal && o.padding > 0)
    argument_error({"conv1d: causal sets the padding; padding ", o.padding, " must be 0"});
  const int64_t C = x.size(1), T = x.size(2), O = w.size(0), span = o.dilation * (w.size(2) - 1);
  if (C % o.groups != 0 || O % o.groups != 0 || w.size(1) != C / o.groups)
    argument_error({"conv1d: weight ", w.shape(), " and x ", x.shape(), " do not fit ", o.groups,
                    " groups; expected [O, C / groups, K]"});
  if (bias.defined()) {
    check_same_dtype("conv1d", "bias", bias, "x", x);
    if (bias.shape() != Shape{O})
      argument_error({"conv1d: bias ", bias.shape(), " must be [", O, "]"});
  }
  const int64_t padded = T + (o.causal ? span : 2 * o.padding);
  if (padded <= span)
    argument_error({"conv1d: x ", x.shape(), " has ", padded,
                    " steps with its padding; the taps span ", span + 1});
  return {.B = x.size(0),
          .C = C,
          .O = O,
          .T = T,
          .L = (padded - span - 1) / o.stride + 1,
          .K = w.size(2),
          .stride = o.stride,
          .left = o.causal ? span : o.padding,
          .dilation = o.dilation,
          .groups = o.groups};
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv1dOptions& options) {
  const Conv1d rule{checked_sizes(x, weight, bias, options), bias.defined()};
  return bias.defined() ? apply(rule, x, weight, bias) : apply(rule, x, weight);
}

}  // namespace gradus
