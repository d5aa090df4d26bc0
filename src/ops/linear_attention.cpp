// SPDX-License-Identifier: MIT
// Linear attention. Kernels: kernels/linear_attention.h, linear_attention_backward.h.
// Checks: check/rows/linear_attention.cpp.
#include "gradus/ops/linear_attention.h"

#include "gradus/autograd/rule.h"
#include "kernels/linear_attention_backward.h"
#include "ops/heads.h"
#include "ops/mask_view.h"
#include "ops/matrix.h"

namespace gradus {
namespace {

struct LinearAttention {
  static constexpr const char* name = "linear_attention";
  kernels::AttentionSizes sizes;
  FeatureMap map;
  Mask mask;      // resolved
  Tensor* state;  // options.state, or null
  Shape q_shape{}, k_shape{}, v_shape{};
  Tensor q{}, k{}, v{}, y{}, inverse{}, before{};

  template <class T> kernels::LinearAttention<T> tensors() const {
    const auto& z = sizes;
    return {.z = z,
            .map = static_cast<kernels::Feature>(map),
            .mask = view_of(mask, {z.B, z.H, z.T, z.S}),
            .q = heads_of<T>(q),
            .k = heads_of<T>(k),
            .v = heads_of<T>(v),
            .state = before.defined() ? before.data<T>() : nullptr};
  }
  Tensor scratch() const {
    return Tensor::empty({num_threads(), kernels::linear_attention_scratch<double>(sizes)},
                         q.dtype());
  }

  Tensor forward(Inputs in) {
    const auto& z = sizes;
    q_shape = in[0].shape(), k_shape = in[1].shape(), v_shape = in[2].shape();
    q = as_heads(in[0]), k = as_heads(in[1]), v = as_heads(in[2]);
    Tensor out = empty_like_heads(q, z.V), memory = scratch(), after;
    inverse = Tensor::empty({z.B, z.H, z.T}, q.dtype());
    if (state) {
      if (state->defined()) before = state->contiguous_data();
      after = Tensor::empty({z.B, k.size(1), z.D, z.V + 1}, q.dtype());
    }
    dispatch_float(q.dtype(), [&]<class T>() {
      kernels::linear_attention(tensors<T>(),
                                {heads_to<T>(out), inverse.mutable_data<T>(),
                                 after.defined() ? after.mutable_data<T>() : nullptr},
                                memory.mutable_data<T>());
    });
    if (state) *state = after;
    state = nullptr, y = out;
    Shape shape = q_shape;
    shape[shape.size() - 1] = z.V;
    return reshaped_data(y, shape);
  }

  Grads backward(const Tensor& dy_in, Wanted w) const {
    const auto& z = sizes;
    const Tensor dy = as_heads(dy_in);
    Tensor dq = w[0] ? empty_like_heads(q, z.D) : Tensor{};
    Tensor dk = w[1] ? empty_like_heads(k, z.D) : Tensor{};
    Tensor dv = w[2] ? empty_like_heads(v, z.V) : Tensor{};
    Tensor memory = scratch();
    dispatch_float(q.dtype(), [&]<class T>() {
      kernels::linear_attention_backward(tensors<T>(),
                                         {.y = heads_of<T>(y),
                                          .dy = heads_of<T>(dy),
                                          .inverse = inverse.data<T>(),
                                          .dq = heads_to<T>(dq),
                                          .dk = heads_to<T>(dk),
                                          .dv = heads_to<T>(dv)},
                                         memory.mutable_data<T>());
    });
    const auto shaped = [](const Tensor& d, const Shape& s) {
      return d.defined() ? reshaped_data(d, s) : d;
    };
    return {shaped(dq, q_shape), shaped(dk, k_shape), shaped(dv, v_shape)};
  }
};

}  // namespace

Tensor linear_attention(const Tensor& q_in, const Tensor& k_in, const Tensor& v_in,
                        const LinearAttentionOptions& options) {
  constexpr const char* op = LinearAttention::name;
  const auto [q, k, v] = checked_heads(op, q_in, k_in, v_in, options.enable_gqa);
  const kernels::AttentionSizes z = attention_sizes(q, k, v.size(-1));
  options.mask.check(op, z.B, z.H, z.T, z.S);
  if (options.mask.hides_single_keys())
    argument_error({op, ": the mask (", options.mask.str(),
                    ") hides single keys; expected causal, padding, or both"});
  if (options.state && options.state->defined()) {
    const int64_t heads = with_heads(k.shape())[1];
    const Shape expected{z.B, heads, z.D, z.V + 1};
    if (options.state->shape() != expected || options.state->dtype() != q.dtype())
      argument_error(
          {op, ": state ", options.state->str(), " must be ", expected, " of q's dtype"});
  }
  return apply(LinearAttention{z, options.feature_map, options.mask, options.state}, q, k, v);
}

}  // namespace gradus
