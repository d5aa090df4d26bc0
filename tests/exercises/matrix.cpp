// SPDX-License-Identifier: MIT
// Answers: matmul, linear, embedding.
#include "tests/exercises/answers.h"

namespace gradus::tests {
namespace {

// ---- matmul

enum class ProductMistake { none, turned_da, swapped_db, short_sum };

template <ProductMistake m> Tensor product(const Tensor& a, const Tensor& b) {
  const Tensor terms = a.unsqueeze(2) * b.unsqueeze(0);
  if (m == ProductMistake::short_sum && a.size(1) > 0)
    return sum(narrow(terms, 1, 0, a.size(1) - 1), {1});
  return sum(terms, {1});
}

template <ProductMistake m> struct MatmulRule {
  static constexpr const char* name = "matmul";
  Tensor a{}, b{};
  Tensor forward(Inputs in) {
    a = in[0];
    b = in[1];
    return product<m>(a, b);
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const bool square = a.size(0) == a.size(1) && b.size(0) == b.size(1) && dy.dim() == 2;
    Grads g{product<m>(dy, b.t()), product<m>(a.t(), dy)};
    if (m == ProductMistake::turned_da && square) g[0] = product<m>(b, dy.t());
    if (m == ProductMistake::swapped_db && square) g[1] = product<m>(a, dy);
    return g;
  }
};
template <ProductMistake m> Tensor my_matmul(const Tensor& a, const Tensor& b) {
  if (a.size(1) != b.size(0)) throw std::invalid_argument("sizes do not fit");
  return apply(MatmulRule<m>{}, a, b);
}

bool test_matmul(std::function<Tensor(const Tensor&, const Tensor&)> f) {
  const auto fn = [&](Inputs in) -> Tensors { return {f(in[0], in[1])}; };
  for (int64_t n : {2, 3})
    for (int64_t cols : {2, 3}) {
      const Tensor a = random({3, n}, 1), b = random({n, cols}, 2);
      if (!near(f(a, b), matmul(a, b)) || !gradients_are_right(fn, {a, b})) return false;
    }
  return true;
}

Answers matmul_answers() {
  using enum ProductMistake;
  return {"matmul",
          marks("matmul", my_matmul<none>, test_matmul),
          {{"da transposed", marks("matmul", my_matmul<turned_da>, test_matmul),
            "the gradient of a: it is the right gradient transposed"},
           {"a instead of its transpose", marks("matmul", my_matmul<swapped_db>, test_matmul),
            "a not transposed in db"},
           {"a loop that ends early", marks("matmul", my_matmul<short_sum>, test_matmul),
            "the last term of each sum is left out"}}};
}

// ---- linear

enum class LinearMistake { none, no_bias, mean_of_rows, first_row };

template <LinearMistake m> struct LinearRule {
  static constexpr const char* name = "linear";
  Tensor x{}, weight{};
  Tensor forward(Inputs in) {
    x = in[0];
    weight = in[1];
    const Tensor y = matmul(x, weight.t());
    return m == LinearMistake::no_bias ? y : y + in[2];
  }
  Grads backward(const Tensor& dy, Wanted) const {
    Tensor db = sum(dy, {0});
    if (m == LinearMistake::mean_of_rows) db = mean(dy, {0});
    if (m == LinearMistake::first_row && dy.size(0)) db = dy[0].contiguous_data();
    return {matmul(dy, weight), matmul(dy.t(), x), db};
  }
};
template <LinearMistake m>
Tensor my_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return apply(LinearRule<m>{}, x, weight, bias);
}

bool test_linear(std::function<Tensor(const Tensor&, const Tensor&, const Tensor&)> f) {
  const Tensor x = random({4, 3}, 1), w = random({3, 3}, 2), b = random({3}, 3);
  const auto fn = [&](Inputs in) -> Tensors { return {f(in[0], in[1], in[2])}; };
  return near(f(x, w, b), matmul(x, w.t()) + b) && gradients_are_right(fn, {x, w, b});
}

Answers linear_answers() {
  using enum LinearMistake;
  return {"linear",
          marks("linear", my_linear<none>, test_linear),
          {{"no bias", marks("linear", my_linear<no_bias>, test_linear), "the bias is missing"},
           {"mean over rows", marks("linear", my_linear<mean_of_rows>, test_linear),
            "the gradient of the bias is a mean over the rows, not a sum"},
           {"first row", marks("linear", my_linear<first_row>, test_linear),
            "the gradient of bias: only slice 0 of axis 0 of dy counts"}}};
}

// ---- embedding

enum class TableMistake { none, assigned, averaged, next_row };

template <TableMistake m> struct EmbeddingRule {
  static constexpr const char* name = "embedding";
  Tensor ids{};
  int64_t V = 0, C = 0;
  Tensor forward(Inputs in) {
    ids = in[0];
    V = in[1].size(0);
    C = in[1].size(1);
    Tensor y = zeros({ids.numel(), C}, in[1].dtype());
    const std::vector<int64_t> all = ids.to_vector<int64_t>();
    for (size_t i = 0; i < all.size(); ++i)
      y[static_cast<int64_t>(i)] = in[1][m == TableMistake::next_row ? (all[i] + 1) % V : all[i]];
    Shape shape = ids.shape();
    shape.push_back(C);
    return y.view(shape);
  }
  Grads backward(const Tensor& dy, Wanted) const {
    Tensor dw = zeros({V, C}, dy.dtype());
    const Tensor rows = dy.contiguous_data().view({ids.numel(), C});
    const std::vector<int64_t> all = ids.to_vector<int64_t>();
    for (size_t i = 0; i < all.size(); ++i) {
      Tensor row = dw[all[i]];
      const Tensor from = rows[static_cast<int64_t>(i)];
      if (m == TableMistake::assigned) row.copy_(from);
      else row += m == TableMistake::averaged ? from / static_cast<double>(all.size()) : from;
    }
    return {Tensor{}, dw};
  }
};
template <TableMistake m> Tensor my_embedding(const Tensor& ids, const Tensor& weight) {
  for (int64_t id : ids.to_vector<int64_t>())
    if (id < 0 || id >= weight.size(0)) throw std::invalid_argument("no such row");
  return apply(EmbeddingRule<m>{}, ids, weight);
}

bool test_embedding(std::function<Tensor(const Tensor&, const Tensor&)> f) {
  const Tensor ids = tensor({2, 0, 2, 1, 3}, DType::i64), w = random({4, 3}, 1);
  const auto fn = [&](Inputs in) -> Tensors { return {f(ids, in[0])}; };
  return near(f(ids, w), embedding(ids, w)) && gradients_are_right(fn, {w});
}

Answers embedding_answers() {
  using enum TableMistake;
  return {"embedding",
          marks("embedding", my_embedding<none>, test_embedding),
          {{"assigned", marks("embedding", my_embedding<assigned>, test_embedding),
            "this is a known mistake: assigned, not added"},
           {"averaged", marks("embedding", my_embedding<averaged>, test_embedding),
            "this is a known mistake: divided by the number of ids"},
           {"next row", marks("embedding", my_embedding<next_row>, test_embedding),
            "this is a known mistake: the row of the next id"}}};
}

}  // namespace

std::vector<Answers> matrix_answers() {
  return {matmul_answers(), linear_answers(), embedding_answers()};
}

}  // namespace gradus::tests
