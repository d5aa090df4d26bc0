// SPDX-License-Identifier: MIT
// Exercises on products and tables: matmul, linear, embedding.
#include "check/exercise/exercise.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus::exercise {
namespace {

bool square(Inputs in) {
  return in[0].dim() == 2 && in[0].shape() == in[1].shape() && in[0].size(0) == in[0].size(1);
}

AttributesOf without_attributes() {
  return [](Inputs, const Numbers&) { return std::map<std::string, double>{}; };
}

}  // namespace

Exercise matmul_exercise() {
  Exercise e{.name = "matmul",
             .right = [](Inputs in, const Numbers&) { return Tensors{matmul(in[0], in[1])}; },
             .inputs = {"a", "b"}};
  use_row(
      e, "matmul",
      [](const check::Sample& s) {
        const bool matrices = s.inputs[0].dim() == 2 && s.inputs[1].dim() == 2;
        return matrices ? std::optional<Numbers>(Numbers{}) : std::nullopt;
      },
      without_attributes());
  e.edges = {{{"inner sizes differ", {ones({2, 3}, DType::f64), ones({4, 5}, DType::f64)}},
              "a has 3 columns and b has 4 rows: throw std::invalid_argument",
              true}};
  const Call right = e.right;
  e.impostors.push_back(wrong_result("b is transposed", [right](Inputs in, const Numbers& n) {
    return square(in) ? Tensors{matmul(in[0], in[1].t())} : right(in, n);
  }));
  e.impostors.push_back(wrong_result("element by element instead of row by column",
                                     [right](Inputs in, const Numbers& n) {
                                       return square(in) ? Tensors{in[0] * in[1]} : right(in, n);
                                     }));
  e.impostors.push_back(
      wrong_result("the last term of each sum is left out", [](Inputs in, const Numbers&) {
        const int64_t k = in[0].size(1);
        if (k == 0) return Tensors{matmul(in[0], in[1])};
        return Tensors{matmul(narrow(in[0], 1, 0, k - 1), narrow(in[1], 0, 0, k - 1))};
      }));
  e.solution = {"src/ops/matmul.cpp", "struct Matmul"};
  e.result_hint = "y_ij is the sum over k of a_ik b_kj";
  e.gradient_hint = "da = dy b^T and db = a^T dy: only these have the right shapes";
  return e;
}

namespace {

void add_linear_mistakes(Exercise& e) {
  const Call right = e.right;
  const auto gradient_of = [&](const char* name, size_t which,
                               Tensor (*of)(Inputs, const Tensor&)) {
    e.impostors.push_back(
        wrong_gradient(right, name, [which, of](Inputs in, const Numbers&, const Grads& dy) {
          Grads g{matmul(dy[0], in[1]), matmul(dy[0].t(), in[0]), sum(dy[0], {0})};
          g[which] = of(in, dy[0]);
          return g;
        }));
  };
  e.impostors.push_back(wrong_result("the bias is missing", [](Inputs in, const Numbers&) {
    return Tensors{linear(in[0], in[1]) + 0 * in[2]};
  }));
  e.impostors.push_back(wrong_result("the weight is not transposed", [right](Inputs in,
                                                                             const Numbers& n) {
    return in[1].size(0) == in[1].size(1) ? Tensors{matmul(in[0], in[1]) + in[2]} : right(in, n);
  }));
  gradient_of("the gradient of the bias is a mean over the rows, not a sum", 2,
              [](Inputs, const Tensor& dy) { return mean(dy, {0}); });
  gradient_of("the gradient of the bias is that of one row", 2, [](Inputs in, const Tensor& dy) {
    return dy.size(0) ? dy[0].contiguous_data() : zeros_like(in[2]);
  });
  gradient_of("the gradient of the weight is divided by the number of rows", 1,
              [](Inputs in, const Tensor& dy) {
                return matmul(dy.t(), in[0]) / static_cast<double>(dy.size(0));
              });
}

}  // namespace

Exercise linear_exercise() {
  Exercise e{
      .name = "linear",
      .right = [](Inputs in, const Numbers&) { return Tensors{linear(in[0], in[1], in[2])}; },
      .inputs = {"x", "weight", "bias"}};
  use_row(
      e, "linear",
      [](const check::Sample& s) {
        const bool plain = s["activation"] == 0 && s.inputs.size() == 3 && s.inputs[0].dim() == 2;
        return plain ? std::optional<Numbers>(Numbers{}) : std::nullopt;
      },
      [](Inputs, const Numbers&) {
        return std::map<std::string, double>{{"activation", 0}};
      });
  const auto examples = e.examples;
  e.examples = [examples](Generator& gen) {
    std::vector<Example> all = examples(gen);
    using check::values;
    all.push_back({"[5, 4] to 4", {values(gen, {5, 4}), values(gen, {4, 4}), values(gen, {4})}});
    return all;
  };
  e.edges = {
      {{"no rows", {zeros({0, 3}, DType::f64), ones({2, 3}, DType::f64), ones({2}, DType::f64)}},
       "a batch of 0 rows gives 0 rows"}};
  add_linear_mistakes(e);
  e.solution = {"src/ops/matmul.cpp", "struct Linear"};
  e.result_hint = "y = x weight^T + bias: each row of weight belongs to one output";
  e.gradient_hint = "dx = dy weight; dweight = dy^T x; dbias = the sum of dy over its rows";
  return e;
}

Exercise embedding_exercise() {
  Exercise e{.name = "embedding",
             .right = [](Inputs in, const Numbers&) { return Tensors{embedding(in[0], in[1])}; },
             .inputs = {"ids", "weight"}};
  use_row(
      e, "embedding",
      [](const check::Sample& s) {
        return s["padding"] < 0 ? std::optional<Numbers>(Numbers{}) : std::nullopt;
      },
      [](Inputs, const Numbers&) {
        return std::map<std::string, double>{{"padding", -1}};
      });
  e.edges = {{{"an id that is too large", {tensor({0, 5}, DType::i64), ones({5, 2}, DType::f64)}},
              "id 5 has no row in a table of 5 rows: throw std::invalid_argument",
              true},
             {{"a negative id", {tensor({0, -1}, DType::i64), ones({5, 2}, DType::f64)}},
              "id -1 has no row: throw std::invalid_argument",
              true}};
  e.impostors.push_back(wrong_result("the row of the next id", [](Inputs in, const Numbers&) {
    Tensor ids = in[0].clone_data();
    for (int64_t i = 0; i < ids.numel(); ++i) {
      int64_t& id = ids.mutable_data<int64_t>()[i];
      id = (id + 1) % in[1].size(0);
    }
    return Tensors{embedding(ids, in[1])};
  }));
  e.solution = {"src/ops/embedding.cpp", "struct Embedding"};
  e.result_hint = "row i of the result is row ids_i of the weight";
  e.gradient_hint =
      "add each row of dy to the row of its id in a table of zeros; an id may occur twice";
  return e;
}

}  // namespace gradus::exercise
