// SPDX-License-Identifier: MIT
// Attention. Kernels: kernels/attention.h, attention_backward.h. Checks: check/rows/attention.cpp.
#include "gradus/ops/attention.h"

#include <cmath>

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/view.h"
#include "kernels/attention_backward.h"
#include "ops/heads.h"
#include "ops/mask_view.h"
#include "ops/matrix.h"

namespace gradus {
namespace {

using kernels::AttentionSizes;

// Adds leading axes of size 1 to align x at the right with scores of that rank.
Tensor as_bias(const Tensor& bias, int rank) {
  Shape s = bias.shape();
  while (s.size() < rank) s.insert(0, 1);
  return reshaped_data(bias, with_heads(s)).contiguous_data();
}

// Shared by forward, backward and attention_weights().
struct Scores {
  AttentionSizes sizes{};
  Mask mask{};
  double scale = 1;
  std::vector<double> alibi{};
  kernels::Keep keep{};

  // The bias is [B or 1, H or 1, T or 1, S or 1].
  template <class T> kernels::Scoring<T> on(const Tensor& bias) const {
    kernels::Scoring<T> r;
    r.scale = static_cast<T>(scale), r.keep = keep;
    r.mask = view_of(mask, {sizes.B, sizes.H, sizes.T, sizes.S});
    if (!alibi.empty()) r.slopes = alibi.data(), r.behind = mask.parts().offset;
    if (!bias.defined()) return r;
    r.bias = bias.data<T>();
    for (int axis = 0; axis < 4; ++axis)
      r.bias_strides[axis] = bias.size(axis) > 1 ? bias.strides()[axis] : 0;
    return r;
  }
};

struct Attention {
  static constexpr const char* name = "scaled_dot_product_attention";
  Scores scores;
  bool biased = false;
  Tensor* logsumexp = nullptr;
  Shape q_shape{}, k_shape{}, v_shape{}, bias_shape{};
  Tensor q{}, k{}, v{}, bias{}, y{}, lse{};

  Tensor forward(Inputs in) {
    const AttentionSizes& z = scores.sizes;
    q_shape = in[0].shape(), k_shape = in[1].shape(), v_shape = in[2].shape();
    q = as_heads(in[0]), k = as_heads(in[1]), v = as_heads(in[2]);
    if (biased) {
      bias_shape = in[3].shape();
      bias = as_bias(in[3], q_shape.size());
    }
    y = empty_like_heads(q, z.V);
    lse = Tensor::empty({z.B, z.H, z.T}, q.dtype());
    Tensor scratch = Tensor::empty({num_threads(), kernels::attention_scratch(z)}, q.dtype());
    dispatch_float(q.dtype(), [&]<class T>() {
      kernels::attention(z, scores.on<T>(bias), heads_of<T>(q), heads_of<T>(k), heads_of<T>(v),
                         heads_to<T>(y), lse.mutable_data<T>(), scratch.mutable_data<T>());
    });
    Shape shape = q_shape;
    shape[shape.size() - 1] = z.V;
    if (logsumexp) {
      Shape rows = q_shape;
      rows.erase(rows.size() - 1);
      *logsumexp = lse.with_layout(Layout::contiguous(rows)).detach();
      logsumexp = nullptr;
    }
    return reshaped_data(y, shape);
  }

  Grads backward(const Tensor& dy_in, Wanted w) const {
    const AttentionSizes& z = scores.sizes;
    const Tensor dy = as_heads(dy_in);
    Tensor dq = w[0] ? empty_like_heads(q, z.D) : Tensor{};
    Tensor dk = w[1] ? empty_like_heads(k, z.D) : Tensor{};
    Tensor dv = w[2] ? empty_like_heads(v, z.V) : Tensor{};
    Tensor db = biased && w[3] ? zeros(bias.shape(), q.dtype()) : Tensor{};
    Tensor scratch =
        Tensor::empty({num_threads(), kernels::attention_backward_scratch(z)}, q.dtype());
    dispatch_float(q.dtype(), [&]<class T>() {
      auto rule = scores.on<T>(bias);
      const kernels::AttentionBackward<T> tensors{
          heads_of<T>(q),  heads_of<T>(k),
          heads_of<T>(v),  heads_of<T>(y),
          heads_of<T>(dy), lse.data<T>(),
          heads_to<T>(dq), heads_to<T>(dk),
          heads_to<T>(dv), db.defined() ? db.mutable_data<T>() : nullptr};
      kernels::attention_backward(z, rule, tensors, scratch.mutable_data<T>());
    });
    const auto shaped = [](const Tensor& d, const Shape& s) {
      return d.defined() ? reshaped_data(d, s) : d;
    };
    Grads grads{shaped(dq, q_shape), shaped(dk, k_shape), shaped(dv, v_shape)};
    if (biased) grads.push_back(shaped(db, bias_shape));
    return grads;
  }
};

constexpr const char* op = Attention::name;

// Repeats a bias whose leading axes are neither all 1 nor all equal to those of the scores.
Tensor checked_bias(const Tensor& bias, const Tensor& q, Shape scores) {
  if (!bias.defined()) return bias;
  check_same_dtype(op, "bias", bias, "q", q);
  bool fits = bias.dim() <= scores.size(), single = true;
  for (int i = 1; fits && i <= bias.dim(); ++i) {
    const int64_t mine = bias.size(-i), theirs = scores[scores.size() - i];
    fits = mine == theirs || mine == 1;
    single = single && (i <= 3 || mine == 1);
  }
  if (!fits)
    argument_error({op, ": bias ", bias.shape(), " does not fit the scores [.., T, S] = ", scores});
  if (scores.size() <= 4 || single) return bias;
  for (int i = 1; i <= 3; ++i) scores[scores.size() - i] = bias.size(-i);
  return broadcast_to(bias, scores);
}

Scores checked_scores(const Tensor& q, const Tensor& k, int64_t values, const AttentionOptions& o) {
  Scores s{.sizes = attention_sizes(q, k, values)};
  const AttentionSizes& z = s.sizes;
  if (!(o.dropout_p >= 0 && o.dropout_p <= 1))
    argument_error({op, ": dropout_p ", o.dropout_p, " must be from 0 to 1"});
  if (o.dropout_p > 0)
    s.keep = kernels::Keep::with_probability(
        o.dropout_p, (o.generator ? *o.generator : default_generator()).draw());
  s.scale = o.scale.value_or(z.D > 0 ? 1 / std::sqrt(static_cast<double>(z.D)) : 1);
  if (!std::isfinite(s.scale)) argument_error({op, ": scale ", s.scale, " must be finite"});
  if (!o.alibi.empty() && static_cast<int64_t>(o.alibi.size()) != z.H)
    argument_error({op, ": ", o.alibi.size(), " slopes of alibi for ", z.H, " heads"});
  s.alibi = o.alibi;
  o.mask.check(op, z.B, z.H, z.T, z.S);
  s.mask = o.mask.resolved(z.B, z.H, z.T, z.S);
  return s;
}

Shape scores_shape(const Tensor& q, const Tensor& k) {
  Shape s = q.shape();
  s[s.size() - 1] = k.size(-2);
  return s;
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& q_in, const Tensor& k_in, const Tensor& v_in,
                                    const AttentionOptions& options) {
  const auto [q, k, v] = checked_heads(op, q_in, k_in, v_in, options.enable_gqa);
  const Tensor bias = checked_bias(options.bias, q, scores_shape(q, k));
  Attention rule{.scores = checked_scores(q, k, v.size(-1), options),
                 .biased = bias.defined(),
                 .logsumexp = options.logsumexp};
  return bias.defined() ? apply(std::move(rule), q, k, v, bias) : apply(std::move(rule), q, k, v);
}

Tensor attention_weights(const Tensor& q_in, const Tensor& k_in, const Tensor& logsumexp,
                         const AttentionOptions& options) {
  check_same_dtype("attention_weights", "logsumexp", logsumexp, "q", q_in);
  const NoGrad no_grad;
  const auto [q, k, unused] =
      checked_heads("attention_weights", q_in, k_in, k_in, options.enable_gqa);
  AttentionOptions plain = options;
  plain.dropout_p = 0;
  const Scores scores = checked_scores(q, k, 0, plain);
  const AttentionSizes& z = scores.sizes;
  if (logsumexp.numel() != z.B * z.H * z.T)
    argument_error(
        {"attention_weights: logsumexp ", logsumexp.shape(), " is not that of q ", q.shape()});
  Tensor bias = checked_bias(options.bias, q, scores_shape(q, k)).detach();
  if (bias.defined()) bias = as_bias(bias, q.dim());
  const Tensor rows = as_heads(q.detach()), keys = as_heads(k.detach());
  Tensor w = Tensor::empty({z.B, z.H, z.T, z.S}, q.dtype());
  Tensor scratch = Tensor::empty({num_threads(), kernels::attention_scratch(z)}, q.dtype());
  dispatch_float(q.dtype(), [&]<class T>() {
    const Tensor lse = logsumexp.contiguous_data();
    kernels::attention_weights(z, scores.on<T>(bias), heads_of<T>(rows), heads_of<T>(keys),
                               lse.data<T>(), w.mutable_data<T>(), scratch.mutable_data<T>());
  });
  return w.with_layout(Layout::contiguous(scores_shape(q, k)));
}

}  // namespace gradus
