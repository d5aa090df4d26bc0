// SPDX-License-Identifier: MIT
// Attention step by step on four words: projections, heads, scores, scale, softmax, weighted mean.
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/basic.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_steps {

constexpr int64_t words = 4, model = 512, heads = 8, width = model / heads;
const std::vector<std::string> sentence = {"I", "am", "a", "student"};

// [words, model] -> [heads, words, width]: head h gets the channels h width .. (h + 1) width - 1.
Tensor split_heads(const Tensor& x) {
  return transpose(reshape(x, {words, heads, width}), 0, 1).contiguous();
}

struct Steps {
  Tensor scores, scaled, weights, output;
};
// In the counter-experiment the softmax runs along the wrong axis.
Steps four_steps(const Tensor& q, const Tensor& k, const Tensor& v, bool broken) {
  Steps s;
  s.scores = matmul(q, transpose(k, -2, -1));
  s.scaled = s.scores / std::sqrt(static_cast<double>(width));
  s.weights = softmax(s.scaled, broken ? -2 : -1);
  s.output = matmul(s.weights, v);
  return s;
}

std::string shape_text(const Tensor& x) {
  std::string out;
  for (int64_t n : x.shape()) out += (out.empty() ? "" : " × ") + std::to_string(n);
  return out;
}

void show_shapes(Experiment& e, const Tensor& x, const Tensor& projected, const Tensor& q,
                 const Steps& s) {
  Table table{.columns = {{"step"}, {"axes"}, {"512 wide, 8 heads"}, {"64 wide, 4 heads"}},
              .title = "Shapes, with the names of their axes"};
  const auto row = [&](const char* step, const char* axes, const Tensor& t, const char* small) {
    table.rows.push_back({std::string(step), std::string(axes), shape_text(t), std::string(small)});
  };
  row("X", "word, channel", x, "4 × 64");
  row("Q = X W_Qᵀ; K, V", "word, channel", projected, "4 × 64");
  row("in heads", "head, word, width", q, "4 × 4 × 16");
  row("1 scores Q Kᵀ", "head, query, key", s.scores, "4 × 4 × 4");
  row("2 scores / √width", "head, query, key", s.scaled, "4 × 4 × 4");
  row("3 softmax over keys", "head, query, key", s.weights, "4 × 4 × 4");
  row("4 weights · V", "head, query, width", s.output, "4 × 4 × 16");
  e.table(table);
}

void show_numbers(Experiment& e, const Steps& s) {
  const auto number = [](const Tensor& t, int64_t i) { return t[0][3][i].item(); };
  Table table{.columns = {{"\"student\" asks", 3}, {"score", 3}, {"/ 8", 3}, {"weight", 3}},
              .title = "Steps 1 to 3 for the last word, head 0"};
  for (size_t i = 0; i < sentence.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    table.rows.push_back(
        {sentence[i], number(s.scores, at), number(s.scaled, at), number(s.weights, at)});
  }
  e.table(table);
  e.chart(HeatMap{.title = "weights of head 0: how much each word takes from each word",
                  .row_axis = "query",
                  .col_axis = "key",
                  .rows = sentence,
                  .cols = sentence,
                  .values = s.weights[0].to_vector<double>()});
}

void run(Experiment& e) {
  Generator gen(e.seed());
  const Tensor x = randn({words, model}, gen);
  Tensors in;
  Tensor projected, first_head;
  for (int i = 0; i < 3; ++i) {
    const Tensor w = randn({model, model}, gen) / std::sqrt(static_cast<double>(model));
    const Tensor y = linear(x, w);
    if (i == 0) {
      projected = y;
      first_head = linear(x, narrow(w, 0, 0, width));
    }
    in.push_back(split_heads(y).requires_grad_());
  }
  const Tensor dy = randn({heads, words, width}, gen);
  const Steps s = four_steps(in[0], in[1], in[2], e.broken());
  const Tensor fused = scaled_dot_product_attention(in[0], in[1], in[2]);
  const std::vector<Tensor> inputs(in.begin(), in.end()), arriving{dy};
  const std::vector<Tensor> stepwise = grad(std::vector{s.output}, inputs, arriving);
  const std::vector<Tensor> direct = grad(std::vector{fused}, inputs, arriving);
  double gradients = 0;
  for (size_t i = 0; i < 3; ++i)
    gradients = std::max(gradients, largest_difference(stepwise[i], direct[i]));
  show_shapes(e, x, projected, in[0], s);
  show_numbers(e, s);
  const Tensor row_sums = sum(s.weights, {-1});
  const Tensor by_eight = scaled_dot_product_attention(in[0], in[1], in[2], {.scale = 1.0 / 8});
  e.below(2, "head 0 of Q − its own 64-wide projection", largest_difference(in[0][0], first_head),
          1e-12);
  e.below(3, "four steps − fused op", largest_difference(s.output, fused), 1e-12);
  e.below(3, "the same for the gradients of Q, K, V", gradients, 1e-12);
  e.below(47, "weights of each query, sum over keys − 1",
          largest_difference(row_sums, ones_like(row_sums)), 1e-12);
  e.below(71, "divided by 8 − divided by √64", largest_difference(by_eight, fused), 1e-15);
}

}  // namespace lab_steps

LabPage steps_page() {
  return {.name = "steps",
          .chapter = "attention",
          .title = "Attention in four steps",
          .items = {2, 3, 47, 71},
          .claim =
              "Attention is four steps: each query is compared with each key, the scores are "
              "divided by √width, softmax over the keys makes weights of them, and the weights "
              "mix the values. The fused op computes the same, with the same gradients.",
          .formula = "S = Q Kᵀ        A = softmax(S / √d), each row over the keys        Y = A V",
          .breaks = "softmax runs over the queries instead of the keys",
          .read = {{"include/gradus/ops/attention.h", "Scaled dot-product attention."},
                   {"src/nn/attention.cpp", "split_heads(const Tensor& x) const {"}},
          .next = "lab heads",
          .questions =
              {{"The score matrix is query by key. What is its shape for 3 queries and 5 keys?",
                "3 × 5: one row per query, one column per key. Softmax runs along the row, and "
                "the output has 3 rows, one per query."},
               {"What changes in the output if two keys, and their values, swap places?",
                "Nothing: the mean over keys is a sum, and a sum has no order. That is why "
                "positions must be added."}},
          .run = lab_steps::run};
}

}  // namespace gradus::tools
