// SPDX-License-Identifier: MIT
// Shapes of queries, keys and values.
#include "ops/heads.h"

#include "gradus/ops/check.h"
#include "gradus/ops/view.h"
#include "ops/matrix.h"

namespace gradus {

Shape with_heads(const Shape& s) {
  const int n = s.size();
  int64_t samples = 1;
  for (int i = 0; i < n - (n > 3 ? 3 : 2); ++i) samples *= s[i];
  return {samples, n > 3 ? s[n - 3] : 1, s[n - 2], s[n - 1]};
}

Tensor as_heads(const Tensor& x) {
  const Tensor four = reshaped_data(x, with_heads(x.shape()));
  const bool rows = four.size(3) == 1 || four.strides()[3] == 1;
  const bool apart =
      four.size(2) == 1 || (four.strides()[2] >= four.size(3) && four.strides()[2] <= INT32_MAX);
  return rows && apart ? four : four.clone_data();
}

Tensor empty_like_heads(const Tensor& x, int64_t width) {
  const int64_t B = x.size(0), H = x.size(1), T = x.size(2);
  if (H == 1 || T == 1 || x.strides()[1] >= x.strides()[2])
    return Tensor::empty({B, H, T, width}, x.dtype());
  const Tensor y = Tensor::empty({B, T, H, width}, x.dtype());
  return y.with_layout(y.layout().transposed(1, 2));
}

kernels::AttentionSizes attention_sizes(const Tensor& q, const Tensor& k, int64_t values) {
  const Shape left = with_heads(q.shape());
  const int64_t heads = with_heads(k.shape())[1];
  return {left[0], left[1], left[2], k.size(-2), left[3], values, heads ? left[1] / heads : 1};
}

namespace {

// Leading axes; with grouped heads, k and v count as having the heads of q.
Shape leading(const char* op, const Tensor& x, const Tensor& q, bool grouped) {
  Shape s = x.shape();
  s.erase(s.size() - 1);
  s.erase(s.size() - 1);
  if (!grouped) return s;
  if (x.dim() < 4 || q.dim() < 4)
    argument_error(
        {op, ": q ", q.shape(), " and k or v ", x.shape(), ": enable_gqa expects [B, H, T, D]"});
  const int64_t heads = q.size(-3), mine = x.size(-3);
  if (mine < 1 || heads % mine != 0)
    argument_error({op, ": q ", q.shape(), " has ", heads, " heads, k or v ", x.shape(), " has ",
                    mine, ", which does not divide them"});
  s[s.size() - 1] = heads;
  return s;
}

Tensor with_leading(const Tensor& x, Shape s, bool grouped) {
  if (grouped) s[s.size() - 1] = x.size(-3);
  s.push_back(x.size(-2));
  s.push_back(x.size(-1));
  return x.shape() == s ? x : broadcast_to(x, s);
}

}  // namespace

HeadInputs checked_heads(const char* op, const Tensor& q, const Tensor& k, const Tensor& v,
                         bool grouped) {
  check_float(op, "q", q);
  check_same_dtype(op, "k", k, "q", q);
  check_same_dtype(op, "v", v, "q", q);
  const auto wrong = [&](const char* what) {
    argument_error({op, ": q ", q.shape(), ", k ", k.shape(), " and v ", v.shape(), ": ", what,
                    "; expected [.., T, D], [.., S, D] and [.., S, V]"});
  };
  if (q.dim() < 2 || k.dim() < 2 || v.dim() < 2) wrong("each needs at least two axes");
  if (q.size(-1) != k.size(-1)) wrong("q and k have different widths");
  if (k.size(-2) != v.size(-2)) wrong("k and v have different lengths");
  for (const Tensor* x : {&q, &k, &v})
    if (x->size(-1) > INT32_MAX / 64 || x->size(-2) > INT32_MAX) wrong("an axis is too long");
  Shape s = leading(op, q, q, grouped);
  for (const Tensor* x : {&k, &v}) s = broadcast_shapes(op, s, leading(op, *x, q, grouped));
  if (grouped && k.size(-3) != v.size(-3)) wrong("k and v have different numbers of heads");
  return {with_leading(q, s, false), with_leading(k, s, grouped), with_leading(v, s, grouped)};
}

}  // namespace gradus
