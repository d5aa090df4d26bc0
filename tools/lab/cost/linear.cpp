// SPDX-License-Identifier: MIT
// Linear attention: one running sum serves all queries. It equals a quadratic form, not softmax.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/compare/attention_cost.h"
#include "tools/lab/counted.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_linear {

// With all n² weights φ(q)·φ(k); the counter-experiment does not divide by their sum.
Tensor quadratic(const Tensor& q, const Tensor& k, const Tensor& v, FeatureMap map, bool causal,
                 bool broken) {
  const auto phi = [&](const Tensor& x) { return (map == FeatureMap::elu ? elu(x) : relu(x)) + 1; };
  Tensor weights = matmul(phi(q), transpose(phi(k), -2, -1));
  if (causal) weights = tril(weights);
  const Tensor y = matmul(weights, v);
  return broken ? y / static_cast<double>(k.size(-2)) : y / sum(weights, {-1}, true);
}

struct Difference {
  double forward = 0, gradients = 0;
};
Difference compare(Experiment& e, FeatureMap map, bool causal, Generator& gen) {
  const Shape shape{1, 2, 40, 16};
  std::vector<Tensor> in;
  for (int i = 0; i < 3; ++i) in.push_back(randn(shape, gen).requires_grad_());
  const std::vector<Tensor> dy = {randn(shape, gen)};
  const Tensor direct = quadratic(in[0], in[1], in[2], map, causal, e.broken());
  const Tensor running = linear_attention(
      in[0], in[1], in[2], {.feature_map = map, .mask = causal ? Mask::causal() : Mask()});
  const std::vector<Tensor> a = grad(std::vector{direct}, in, dy);
  const std::vector<Tensor> b = grad(std::vector{running}, in, dy);
  Difference d{largest_difference(direct, running)};
  for (size_t i = 0; i < 3; ++i)
    d.gradients = std::max(d.gradients, largest_difference(a[i], b[i]));
  return d;
}

void check_forms(Experiment& e) {
  Generator gen(e.seed());
  Table table{
      .columns = {{"feature map φ"}, {"causal"}, {"forward", 1, true}, {"gradients", 1, true}},
      .title = "Running sums − all n² weights: largest difference"};
  double forward = 0, gradients = 0;
  for (const FeatureMap map : {FeatureMap::elu, FeatureMap::relu})
    for (const bool causal : {false, true}) {
      const Difference d = compare(e, map, causal, gen);
      table.rows.push_back({std::string(map == FeatureMap::elu ? "elu(x) + 1" : "relu(x) + 1"),
                            std::string(causal ? "yes" : "no"), d.forward, d.gradients});
      forward = std::max(forward, d.forward);
      gradients = std::max(gradients, d.gradients);
    }
  e.table(table);
  e.below(52, "running sums − all weights, forward", forward, 1e-12);
  e.below(52, "the same for the gradients of Q, K, V", gradients, 1e-12);
}

// Multiply-adds of φ(K)ᵀ V and of φ(Q) times the result: [d, n] [n, d], then [n, d] [d, d].
int64_t counted(int64_t n, int64_t d) {
  const CountedArray q(Shape{n, d}), k(Shape{d, n}), v(Shape{n, d});
  return multiply_adds([&] { check::plain_matmul(q, check::plain_matmul(k, v)); });
}

void check_cost(Experiment& e) {
  const OneThread alone;
  constexpr int64_t n = 1000;
  Table table{.columns = {{"d", 0},
                          {"multiply-adds", 0},
                          {"2 n d²", 0},
                          {"milliseconds", 3},
                          {"gap to softmax", 2}},
              .title = "1,000 steps, one head; forward and backward, the best of 20"};
  double off = 0, gap = INFINITY;
  for (int64_t d : {16, 32, 64}) {
    const auto seen = static_cast<double>(counted(n, d)), width = static_cast<double>(d);
    const AttentionCost c = attention_cost(
        {.heads = 1, .width = d, .repeats = 20, .seed = e.seed()}, AttentionKind::linear, n);
    table.rows.push_back({width, seen, 2 * n * width * width, c.milliseconds, c.gap});
    off += std::abs(seen - 2 * n * width * width);
    gap = std::min(gap, c.gap);
  }
  e.table(table);
  e.note(
      "The gap is |y − y of softmax| / |y of softmax| for random inputs: linear attention is a "
      "kernel of its own and no approximation of softmax.");
  e.equal(52, "multiply-adds counted − 2 n d²", off, 0);
  e.above(52, "gap to softmax attention, smallest", gap, 0.3);
}

void run(Experiment& e) {
  check_forms(e);
  check_cost(e);
}

}  // namespace lab_linear

LabPage linear_page() {
  return {.name = "linear",
          .chapter = "cost",
          .title = "Linear attention: one sum for all queries",
          .items = {52},
          .claim =
              "If the weight of a pair is φ(q)·φ(k), the sum over keys can be formed once and "
              "serves all queries. The result equals that with all n² weights, at a cost of n d² "
              "instead of n² d.",
          .formula =
              "yᵢ = φ(qᵢ)ᵀ (Σⱼ φ(kⱼ) vⱼᵀ) / φ(qᵢ)ᵀ Σⱼ φ(kⱼ)        φ(x) = elu(x) + 1\n"
              "causal: the sums run over j ≤ i",
          .breaks = "the sum of weights is replaced by the number of keys",
          .read = {{"src/ops/linear_attention.cpp", "Tensor linear_attention("},
                   {"src/kernels/linear_attention.h", "void linear_attention("}},
          .next = "lab lengths",
          .questions =
              {{"From which length on is linear attention cheaper?",
                "Its products cost about 2 n d² against 2 n² d: from n = d on. At d = 64 even "
                "short texts are longer."},
               {"What must φ be for the weights to make a mean?",
                "Positive. elu(x) + 1 is above 0 everywhere, and relu(x) + 1 is at least 1, so the "
                "sum that divides is never 0."}},
          .correction =
              "text 002, section 5.3 gives the cost n d; it is n d², since the sum is a d × d "
              "matrix. It names elu + 1 but codes relu + 1, credits Performer (it is Katharopoulos "
              "et al. 2020), and takes it for an approximation of softmax: at d = 64 "
              "its output differs by 77 %.",
          .run = lab_linear::run};
}

}  // namespace gradus::tools
