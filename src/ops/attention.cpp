// SPDX-License-Identifier: MIT
// Attention. Kernels: kernels/attention.h, attention_backward.h. Checks: check/rows_attention.cpp.
#include "gradus/ops/attention.h"

#include <cmath>

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/view.h"
#include "kernels/attention_backward.h"
#include "ops/mask_view.h"
#include "ops/matrix.h"

namespace gradus {
namespace {

using kernels::AttentionSizes;
using kernels::Heads;

// [.., T, D] -> [B, H, T, D]: three axes have one head, more than four are gathered in B.
Shape with_heads(const Shape& s) {
  const int n = s.size();
  int64_t samples = 1;
  for (int i = 0; i < n - (n > 3 ? 3 : 2); ++i) samples *= s[i];
  return {samples, n > 3 ? s[n - 3] : 1, s[n - 2], s[n - 1]};
}

// As four axes with rows that the kernel can read as they lie; copied where they are not so.
Tensor as_heads(const Tensor& x) {
  const Tensor four = reshaped_data(x, with_heads(x.shape()));
  const bool rows = four.size(3) == 1 || four.strides()[3] == 1;
  const bool apart = four.size(2) == 1 || (four.strides()[2] >= four.size(3) &&
                                           four.strides()[2] <= INT32_MAX);
  return rows && apart ? four : four.clone_data();
}

// Aligned at the right with scores of that rank.
Tensor as_bias(const Tensor& bias, int rank) {
  Shape s = bias.shape();
  while (s.size() < rank) s.insert(0, 1);
  return reshaped_data(bias, with_heads(s)).contiguous_data();
}

// New memory [B, H, T, width] in the order of x: heads side by side if those of x are.
Tensor empty_like_heads(const Tensor& x, int64_t width) {
  const int64_t B = x.size(0), H = x.size(1), T = x.size(2);
  if (H == 1 || T == 1 || x.strides()[1] >= x.strides()[2])
    return Tensor::empty({B, H, T, width}, x.dtype());
  const Tensor y = Tensor::empty({B, T, H, width}, x.dtype());
  return y.with_layout(y.layout().transposed(1, 2));
}

template <class T>
Heads<const T> heads_of(const Tensor& x) {
  const Strides& s = x.strides();
  return {x.data<T>(), s[0], s[1], x.size(2) > 1 ? s[2] : std::max<int64_t>(1, x.size(3))};
}
template <class T>
Heads<T> heads_to(Tensor& x) {
  if (!x.defined()) return {nullptr, 0, 0, 1};
  const Heads<const T> h = heads_of<T>(x);
  return {x.mutable_data<T>(), h.sample, h.head, h.row};
}

// What forward, backward and attention_weights() share.
struct Scores {
  AttentionSizes sizes{};
  Mask mask{};
  double scale = 1;
  std::vector<double> alibi{};
  kernels::Keep keep{};

  // The bias is [B or 1, H or 1, T or 1, S or 1].
  template <class T>
  kernels::Scoring<T> on(const Tensor& bias) const {
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
          heads_of<T>(q), heads_of<T>(k),  heads_of<T>(v),  heads_of<T>(y),  heads_of<T>(dy),
          lse.data<T>(),  heads_to<T>(dq), heads_to<T>(dk), heads_to<T>(dv),
          db.defined() ? db.mutable_data<T>() : nullptr};
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

Shape batch_of(const Tensor& x) {
  Shape s = x.shape();
  s.erase(s.size() - 1);
  s.erase(s.size() - 1);
  return s;
}

Tensor with_batch(const Tensor& x, Shape batch) {
  batch.push_back(x.size(-2));
  batch.push_back(x.size(-1));
  return x.shape() == batch ? x : broadcast_to(x, batch);
}

void check_tensors(const Tensor& q, const Tensor& k, const Tensor& v) {
  check_float(op, "q", q);
  check_same_dtype(op, "k", k, "q", q);
  check_same_dtype(op, "v", v, "q", q);
  const auto wrong = [&](const char* what) {
    argument_error({op, ": q ", q.shape(), ", k ", k.shape(), " and v ", v.shape(), ": ", what,
                    "; expected [.., T, D], [.., S, D] and [.., S, V]"});
  };
  if (q.dim() < 2 || k.dim() < 2 || v.dim() < 2) wrong("each needs two axes at least");
  if (q.size(-1) != k.size(-1)) wrong("q and k have other widths");
  if (k.size(-2) != v.size(-2)) wrong("k and v have other lengths");
  for (const Tensor* x : {&q, &k, &v})
    if (x->size(-1) > INT32_MAX / 64 || x->size(-2) > INT32_MAX) wrong("an axis is too long");
}

// A bias whose leading axes are neither single nor those of the scores as a whole is repeated.
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
  const Shape left = with_heads(q.shape());
  Scores s{.sizes = {left[0], left[1], left[2], k.size(-2), left[3], values}};
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
  check_tensors(q_in, k_in, v_in);
  const Shape batch = broadcast_shapes(op, broadcast_shapes(op, batch_of(q_in), batch_of(k_in)),
                                       batch_of(v_in));
  const Tensor q = with_batch(q_in, batch), k = with_batch(k_in, batch);
  const Tensor v = with_batch(v_in, batch);
  const Tensor bias = checked_bias(options.bias, q, scores_shape(q, k));
  Attention rule{.scores = checked_scores(q, k, v.size(-1), options),
                 .biased = bias.defined(),
                 .logsumexp = options.logsumexp};
  return bias.defined() ? apply(std::move(rule), q, k, v, bias) : apply(std::move(rule), q, k, v);
}

Tensor attention_weights(const Tensor& q_in, const Tensor& k_in, const Tensor& logsumexp,
                         const AttentionOptions& options) {
  check_tensors(q_in, k_in, k_in);
  check_same_dtype("attention_weights", "logsumexp", logsumexp, "q", q_in);
  const NoGrad no_grad;
  const Shape batch = broadcast_shapes("attention_weights", batch_of(q_in), batch_of(k_in));
  const Tensor q = with_batch(q_in, batch), k = with_batch(k_in, batch);
  AttentionOptions plain = options;
  plain.dropout_p = 0;
  const Scores scores = checked_scores(q, k, 0, plain);
  const AttentionSizes& z = scores.sizes;
  if (logsumexp.numel() != z.B * z.H * z.T)
    argument_error({"attention_weights: logsumexp ", logsumexp.shape(), " is not that of q ",
                    q.shape()});
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
