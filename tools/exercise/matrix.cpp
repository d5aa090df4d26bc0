// SPDX-License-Identifier: MIT
// Pages on products and tables: matmul, linear, embedding.
#include "tools/exercise/pages.h"

namespace gradus::tools {

const ExercisePage matmul_page = {
    .name = "matmul",
    .title = "the product of two matrices",
    .what = R"(
Nearly all the work of a network is matrix products. Each element of the result is the sum of a row
of a times a column of b. Write it yourself from simpler parts; its gradient is two more products.
)",
    .formula = R"(
    y_ij = sum over k of a_ik b_kj

To derive: da and db from dy, a and b. For one a_ik, write down which elements of y it takes part
in, and with which factor.
)",
    .shapes = R"(
a is [m, k], b is [k, n], y is [m, n]; f32 or f64. If a has another number of columns than b has
rows, throw std::invalid_argument. Sizes of 0 occur: a sum over nothing is 0.
)",
    .example = R"(
    a = [[1, 2], [3, 4]]   b = [[5, 6], [7, 8]]   y  = [[19, 22], [43, 50]]
    dy = [[1, 0], [0, 0]]  da = [[5, 7], [0, 0]]  db = [[1, 0], [2, 0]]
)",
    .hints = {"Broadcasting does it without a loop: a.unsqueeze(2) is [m, k, 1], b.unsqueeze(0) is "
              "[1, k, n]; multiply them and add up over axis 1 with sum(.., {1}).",
              "dy is [m, n]. Which product of dy with a or b has the shape of a, which that of b?",
              "da = dy b^T, db = a^T dy. b.t() is the transpose. Call product() in backward, too."},
    .includes = "#include <stdexcept>\n",
    .code = R"(
// The product itself, without a gradient. forward and backward can both use it.
inline Tensor product(const Tensor& a, const Tensor& b) {
  exercise::hole("product");
}

struct Matmul {
  static constexpr const char* name = "matmul";
  Tensor a{}, b{};

  Tensor forward(Inputs in) {
    a = in[0];
    b = in[1];
    return product(a, b);
  }
  Grads backward(const Tensor& dy, Wanted) const {  // return {da, db}
    exercise::hole("backward");
  }
};

inline Tensor matmul(const Tensor& a, const Tensor& b) {
  // Throw std::invalid_argument here if the shapes do not fit.
  return apply(Matmul{}, a, b);
}
)",
    .test = R"(
inline bool my_test(std::function<Tensor(const Tensor& a, const Tensor& b)> matmul) {
  const Tensor a = ones({2, 3}, DType::f64), b = ones({3, 4}, DType::f64);
  return matmul(a, b).shape() == Shape{2, 4};  // weak: says nothing about the numbers
}
)"};

const ExercisePage linear_page = {
    .name = "linear",
    .title = "a linear layer with a bias",
    .what = R"(
The layer that all networks are made of: each row of x becomes a row of y. Row o of weight belongs
to output o. The bias takes part in every row, so its gradient is a sum over all rows: forgetting
that sum is the most common mistake in a backward.
)",
    .formula = R"(
    y = x weight^T + bias,    y_no = sum over i of x_ni weight_oi + bias_o

To derive: dx, dweight, dbias from dy, x and weight.
)",
    .shapes = R"(
x is [N, in], weight [out, in], bias [out], y [N, out]; f32 or f64. N may be 0.
)",
    .example = R"(
    x = [[1, 2], [3, 4]]   weight = [[1, -1]]   bias = [0.5]
    y = [[-0.5], [-0.5]]
    dy = [[1], [10]]       dx = [[1, -1], [10, -10]]   dweight = [[31, 42]]   dbias = [11]
)",
    .hints = {"You may use matmul(a, b) here, and w.t() for a transpose.",
              "Look at the shapes: dweight is [out, in], made from dy [N, out] and x [N, in].",
              "dx = dy weight; dweight = dy^T x; dbias = sum(dy, {0})."},
    .includes = "",
    .code = R"(
struct Linear {
  static constexpr const char* name = "linear";
  Tensor x{}, weight{};

  Tensor forward(Inputs in) {  // x, weight, bias
    x = in[0];
    weight = in[1];
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {  // return {dx, dweight, dbias}
    exercise::hole("backward");
  }
};

inline Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return apply(Linear{}, x, weight, bias);
}
)",
    .test = R"(
inline bool my_test(
    std::function<Tensor(const Tensor& x, const Tensor& weight, const Tensor& bias)> linear) {
  const Tensor x = ones({2, 3}, DType::f64), weight = ones({1, 3}, DType::f64);
  return linear(x, weight, zeros({1}, DType::f64))[0][0].item() == 3;  // weak: the bias is 0
}
)"};

const ExercisePage embedding_page = {
    .name = "embedding",
    .title = "a table of vectors, looked up by id",
    .what = R"(
An embedding turns words into vectors: word 7 becomes row 7 of a table. The same word may occur
several times in a text; then its row gets gradients from several places, and they add up.
)",
    .formula = R"(
    y_i = weight[ids_i]          (a whole row)

To derive: dweight from dy and ids. ids are whole numbers without a gradient.
)",
    .shapes = R"(
ids has any shape, i64; weight is [V, C], f32 or f64; y has the shape of ids and one more axis, C.
dweight is [V, C]: rows of ids that do not occur are 0. An id below 0 or from V on must be refused
with std::invalid_argument.
)",
    .example = R"(
    ids = [2, 0, 2]   weight = [[1, 2], [3, 4], [5, 6]]
    y  = [[5, 6], [1, 2], [5, 6]]
    dy = [[1, 1], [10, 10], [100, 100]]   dweight = [[10, 10], [0, 0], [101, 101]]
)",
    .hints =
        {"ids.to_vector<int64_t>() gives the ids as a std::vector, whatever their shape.",
         "weight[id] is row id. `y[i] = weight[id];` copies it into row i of y, which you make "
         "by zeros({count, C}, weight.dtype()); y.view(shape) gives it another shape. "
         "Shape has push_back().",
         "In backward start with zeros({V, C}, dy.dtype()) and add: `Tensor row = dw[id]; row "
         "+= dys[i];` where dys = dy.contiguous_data().view({count, C})."},
    .includes = "#include <stdexcept>\n",
    .code = R"(
struct Embedding {
  static constexpr const char* name = "embedding";
  Tensor ids{};
  int64_t V = 0, C = 0;  // rows and columns of the table

  Tensor forward(Inputs in) {  // ids, weight
    ids = in[0];
    V = in[1].size(0);
    C = in[1].size(1);
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {  // return {Tensor{}, dweight}
    exercise::hole("backward");
  }
};

inline Tensor embedding(const Tensor& ids, const Tensor& weight) {
  // Refuse ids that have no row here.
  return apply(Embedding{}, ids, weight);
}
)",
    .test = R"(
inline bool my_test(std::function<Tensor(const Tensor& ids, const Tensor& weight)> embedding) {
  const Tensor weight = tensor({{1, 2}, {3, 4}}, DType::f64);
  return embedding(tensor({0}, DType::i64), weight)[0][0].item() == 1;  // weak: one id
}
)"};

}  // namespace gradus::tools
