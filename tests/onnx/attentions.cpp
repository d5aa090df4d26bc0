// SPDX-License-Identifier: MIT
// ONNX's attention, linear attention, and rotary embedding.
#include "gradus/ops/attention.h"

#include <cmath>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

// [B, T, H D] -> [B, H, T, D]; four axes stay.
Tensor heads(const Tensor& x, int64_t count) {
  if (x.dim() == 4) return x;
  return transpose(reshape(x, {x.size(0), x.size(1), count, x.size(2) / count}), 1, 2);
}
Tensor joined(const Tensor& x) {
  return reshape(transpose(x, 1, 2), {x.size(0), x.size(2), x.size(1) * x.size(3)});
}
// Repeats keys and values once for each query head that reads them.
Tensor repeated(const Tensor& x, int64_t count) {
  const int64_t each = count / x.size(1);
  const Tensor wide = expand(unsqueeze(x, 2), {x.size(0), x.size(1), each, x.size(2), x.size(3)});
  return reshape(wide, {x.size(0), count, x.size(2), x.size(3)});
}
Tensor behind(const Tensor& past, const Tensor& x) {
  return past.defined() ? cat({past, x}, 2) : x;
}

struct Attention {
  Tensor q, k, v, bias;
  Mask mask;
  double scale, softcap;
  bool three;

  explicit Attention(Case& c) : three(c.in(0).dim() == 3) {
    const int64_t queries = c.integer("q_num_heads", 0), keys = c.integer("kv_num_heads", 0);
    q = heads(c.in(0), queries);
    k = behind(c.optional(4), heads(c.in(1), keys));
    v = behind(c.optional(5), heads(c.in(2), keys));
    scale = c.number("scale", 1 / std::sqrt(static_cast<double>(q.size(3))));
    softcap = c.number("softcap", 0);
    if (c.given("softmax_precision")) skip({"gradus' softmax has the precision of its input"});
    read_mask(c);
  }

  // Floats are added to the scores, -inf hides. The rest of a short mask is hidden.
  void read_mask(Case& c) {
    const int64_t past = c.has(4) ? c.in(4).size(2) : 0;
    if (c.flag("is_causal", false)) {
      if (c.has(6)) skip({"is_causal with nonpad_kv_seqlen"});
      mask = mask & Mask::causal_offset(past);
    }
    if (c.has(6)) mask = mask & Mask::padding(c.in(6));
    if (!c.has(3)) return;
    Tensor given = c.in(3);
    if (const int64_t rest = k.size(2) - given.size(-1); rest > 0) {
      Shape shape = given.shape();
      shape[given.dim() - 1] = rest;
      given = cat({given, given.dtype() == DType::boolean ? zeros(shape, DType::boolean)
                                                          : full(shape, -INFINITY)},
                  -1);
    }
    if (given.dtype() == DType::boolean) {
      mask = mask & Mask::allowed(given);
    } else {
      mask = mask & Mask::hidden(eq(given, -INFINITY));
      bias = masked_fill(given, eq(given, -INFINITY), 0);
    }
  }

  // Scores raw, capped, masked, and as weights: ONNX's modes 0 to 3.
  Tensor scores(int64_t mode) const {
    Tensor s = matmul(q, transpose(repeated(k, q.size(1)), -1, -2)) * scale;
    if (mode >= 1 && softcap != 0) s = tanh(s / softcap) * softcap;
    if (mode >= 2 && bias.defined()) s = s + bias;
    if (mode == 3) return masked_softmax(s, mask);
    if (mode < 2) return s;
    const Tensor seen = mask.dense(s.size(0), s.size(1), s.size(2), s.size(3));
    return masked_fill(s, logical_not(seen), -INFINITY);
  }

  Tensor output() const {
    const Tensor y =
        softcap != 0
            ? matmul(scores(3), repeated(v, q.size(1)))
            : scaled_dot_product_attention(
                  q, k, v, {.mask = mask, .bias = bias, .scale = scale, .enable_gqa = true});
    return three ? joined(y) : y;
  }
};

Results attention(Case& c) {
  const Attention a(c);
  const int64_t mode = c.integer("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3) skip({"qk_matmul_output_mode = ", mode, " is not known"});
  Results y = {a.output()};
  if (c.outputs() > 1) y.push_back(a.k);
  if (c.outputs() > 2) y.push_back(a.v);
  if (c.outputs() > 3) y.push_back(a.scores(mode));
  return y;
}

// Without decay and correction it is attention whose weights are the causal scores themselves.
Results linear_attention(Case& c) {
  if (c.word("update_rule", "gated_delta") != "linear" || c.has(4) || c.has(5))
    skip({"gradus' linear attention has no gates and no delta rule"});
  const int64_t count = c.integer("q_num_heads"), keys = c.integer("kv_num_heads");
  c.find("chunk_size");  // how it is computed, not what
  const Tensor q = heads(c.in(0), count), k = heads(c.in(1), keys), v = heads(c.in(2), keys);
  const double scale = c.number("scale", 0);
  const Tensor scaled = q * (scale != 0 ? scale : 1 / std::sqrt(static_cast<double>(q.size(3))));
  const Tensor weights = tril(matmul(scaled, transpose(repeated(k, count), -1, -2)));
  Tensor y = matmul(weights, repeated(v, count)), state = matmul(transpose(k, -1, -2), v);
  if (c.has(3)) {
    y = y + matmul(scaled, repeated(c.in(3), count));
    state = state + c.in(3);
  }
  Results results = {joined(y)};
  if (c.outputs() > 1) results.push_back(state);
  return results;
}

// The angles' cosines and sines are inputs: (a, b) -> (a cos - b sin, a sin + b cos).
Results rotary(Case& c) {
  const bool three = c.in(0).dim() == 3, interleaved = c.flag("interleaved", false);
  const Tensor x = heads(c.in(0), c.integer("num_heads", 0));
  const int64_t width = x.size(3), given = c.integer("rotary_embedding_dim", 0);
  const int64_t turned = given != 0 ? given : width, half = turned / 2;
  const auto angles = [&](size_t k) {
    return unsqueeze(c.has(3) ? embedding(c.in(3), c.in(k)) : c.in(k), 1);
  };
  const Tensor cosine = angles(1), sine = angles(2), front = narrow(x, 3, 0, turned);
  const Tensor a = interleaved ? slice(front, 3, 0, turned, 2) : narrow(front, 3, 0, half);
  const Tensor b = interleaved ? slice(front, 3, 1, turned, 2) : narrow(front, 3, half, half);
  const Tensor first = a * cosine - b * sine, second = a * sine + b * cosine;
  const Tensor pairs =
      interleaved ? flatten(stack({first, second}, 4), 3, 4) : cat({first, second}, 3);
  const Tensor y = cat({pairs, narrow(x, 3, turned, width - turned)}, 3);
  return {three ? joined(y) : y};
}

const Operator attention_operators[] = {
    {"Attention", 23, attention},
    {"LinearAttention", 27, linear_attention},
    {"RotaryEmbedding", 23, rotary},
};

}  // namespace

Operators attentions() { return attention_operators; }

}  // namespace gradus::tests::onnx
