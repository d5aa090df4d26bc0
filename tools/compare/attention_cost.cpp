// SPDX-License-Identifier: MIT
// Runs attention forward and backward, and measures it.
#include "tools/compare/attention_cost.h"

#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/base/memory.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tools/bench/bench.h"

namespace gradus::tools {
namespace {

double length_of(const Tensor& x) { return std::sqrt(sum(mul(x, x)).item()); }

}  // namespace

Tensor attend(const AttentionSetup& setup, AttentionKind kind, const Tensor& q, const Tensor& k,
              const Tensor& v) {
  if (kind == AttentionKind::tiles)
    return scaled_dot_product_attention(q, k, v, {.mask = setup.mask});
  if (kind == AttentionKind::linear)
    return linear_attention(q, k, v, {.feature_map = setup.feature_map, .mask = setup.mask});
  const double scale = 1 / std::sqrt(static_cast<double>(setup.width));
  const Tensor scores = mul(matmul(q, transpose(k, -2, -1)), scale);
  return matmul(masked_softmax(scores, setup.mask), v);
}

AttentionCost attention_cost(const AttentionSetup& setup, AttentionKind kind, int64_t length) {
  Generator gen(setup.seed);
  const Shape shape{1, setup.heads, length, setup.width};
  Tensor q = randn(shape, gen), k = randn(shape, gen), v = randn(shape, gen);
  const Tensor dy = randn(shape, gen);
  for (Tensor* x : {&q, &k, &v}) x->requires_grad_();
  AttentionCost c{.milliseconds = INFINITY};
  const int64_t before = live_bytes();
  reset_peak_bytes();
  for (int64_t i = 0; i < setup.repeats + 1; ++i) {  // the first run is a warm-up
    q.zero_grad();
    k.zero_grad();
    v.zero_grad();
    const double start = bench_clock();
    attend(setup, kind, q, k, v).backward(dy);
    // Other load on the machine only adds time.
    if (i > 0) c.milliseconds = std::min(c.milliseconds, (bench_clock() - start) * 1e3);
  }
  c.mb = static_cast<double>(peak_bytes() - before) / 1048576;
  if (kind == AttentionKind::matrix) return c;
  const NoGrad no_grad;
  const Tensor exact = attend(setup, AttentionKind::tiles, q, k, v);
  c.gap = length_of(sub(attend(setup, kind, q, k, v), exact)) / length_of(exact);
  return c;
}

}  // namespace gradus::tools
