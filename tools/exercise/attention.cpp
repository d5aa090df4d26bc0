// SPDX-License-Identifier: MIT
// Pages on sequences: attention, rope.
#include "tools/exercise/pages.h"

namespace gradus::tools {

const ExercisePage attention_page = {
    .name = "attention",
    .title = "scaled dot-product attention, whole",
    .what = R"(
Each query looks at all keys and takes a mean of the values, weighted by how well the keys match it.
This is the heart of a transformer. Its backward combines what the exercises matmul and softmax
taught: go back through the formula line by line.
)",
    .formula = R"(
    A = q k^T / sqrt(D)                (scores; causal: A_ij = -infinity where j > i)
    P = softmax(A) over the keys
    y = P v

To derive, from the last line to the first: dv and dP, then dA, then dq and dk.
)",
    .shapes = R"(
q is [B, T, D], k is [B, S, D], v is [B, S, V], y is [B, T, V]; f32 or f64. If causal is true, query
i sees the keys 0 .. i; T and S may differ. Large scores must not overflow.
)",
    .example = R"(
    q = [[[1, 0]]]   k = [[[1, 0], [0, 1]]]   v = [[[1], [3]]]     D = 2
    A = [[[0.707107, 0]]]   P = [[[0.669762, 0.330238]]]   y = [[[1.66048]]]
    dy = [[[1]]]   dq = [[[-0.3128, 0.3128]]]   dv = [[[0.669762], [0.330238]]]
    dk = [[[-0.3128, 0], [0.3128, 0]]]
)",
    .hints =
        {"matmul multiplies batches of matrices; k.transpose(1, 2) is [B, D, S]; softmax(A, -1) "
         "may be used. masked_fill(A, hidden, -INFINITY) hides where hidden is true.",
         "The last line is a product: dv = P^T dy and dP = dy v^T. The line before is softmax: "
         "dA = P (dP - sum(dP P)), the sum over the keys.",
         "The first line is a product and a factor: dq = dA k / sqrt(D), dk = dA^T q / sqrt(D). "
         "Hidden scores have P = 0, so their dA is 0 by itself."},
    .includes = "#include <cmath>\n",
    .code = R"(
// true where query i must not see key j, [T, S].
inline Tensor later_keys(int64_t T, int64_t S) {
  Tensor hidden = zeros({T, S}, DType::boolean);
  for (int64_t i = 0; i < T; ++i)
    for (int64_t j = i + 1; j < S; ++j) hidden.mutable_data<bool>()[i * S + j] = true;
  return hidden;
}

struct Attention {
  static constexpr const char* name = "attention";
  bool causal;
  Tensor q{}, k{}, v{}, P{};

  Tensor forward(Inputs in) {
    q = in[0];
    k = in[1];
    v = in[2];
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {  // return {dq, dk, dv}
    exercise::hole("backward");
  }
};

inline Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, bool causal) {
  return apply(Attention{causal}, q, k, v);
}
)",
    .test = R"(
inline bool my_test(std::function<Tensor(const Tensor& q, const Tensor& k, const Tensor& v,
                                         bool causal)> attention) {
  const Tensor q = ones({1, 2, 3}, DType::f64), v = ones({1, 2, 4}, DType::f64);
  return attention(q, q, v, false).shape() == Shape{1, 2, 4};  // weak: only the shape
}
)",
    .strong = R"(
    const Tensor q = tensor({1, 0}, DType::f64).view({1, 1, 2});
    const Tensor k = tensor({1, 0, 0, 1}, DType::f64).view({1, 2, 2});
    const Tensor v = tensor({1, 3}, DType::f64).view({1, 2, 1});
    if (!near(attention(q, k, v, false), {1.66048})) return false;
    // More queries and keys, with a mask and without.
    Generator gen(1);
    const Tensor Q = randn({2, 3, 3}, gen, DType::f64), K = randn({2, 3, 3}, gen, DType::f64);
    const Tensor V = randn({2, 3, 3}, gen, DType::f64);
    // With the mask, query 0 sees key 0 alone and gets its value.
    if (!near(attention(Q, K, V, true)[0][0], V[0][0].to_vector<double>())) return false;
    for (bool causal : {false, true}) {
      const auto f = [&](Inputs in) -> Tensors {
        return {attention(in[0], in[1], in[2], causal)};
      };
      if (!gradcheck(f, {Q, K, V})) return false;
    }
    return true;
)"};

const ExercisePage rope_page = {
    .name = "rope",
    .title = "positions as rotations",
    .what = R"(
Attention does not see the order of its inputs. Rotary position embedding turns each pair of numbers
of a query or key by an angle that grows with its position: then the product of a query and a key
depends on how far apart they are. A rotation keeps lengths, so its gradient is the reverse
rotation.
)",
    .formula = R"(
    position t = first + (row number),  angle a = t base^(-2i/D)  of pair i = 0 .. D/2 - 1
    y_2i     = x_2i cos(a) - x_2i+1 sin(a)
    y_2i+1   = x_2i sin(a) + x_2i+1 cos(a)

To derive: dx from dy.
)",
    .shapes = R"(
x and y are [.., T, D] with an even D, f32 or f64; there may be axes before T, and sizes of 0. The
rows of each [T, D] count from `first`. An odd D must be refused with std::invalid_argument.
)",
    .example = R"(
    x = [[1, 0], [1, 0], [0, 1]]   first = 0   base = 10000      (D = 2: one pair, a = t)
    y = [[1, 0], [0.540302, 0.841471], [-0.909297, -0.416147]]
    dy = [[1, 0], [1, 0], [1, 0]]
    dx = [[1, 0], [0.540302, -0.841471], [-0.416147, -0.909297]]
)",
    .hints =
        {"Work on x.to_vector<double>(), which is row-major: element e belongs to column e % D "
         "and to row e / D, whose position is first + (e / D) % T.",
         "tensor(v, x.shape(), x.dtype()) makes a tensor of the numbers again.",
         "The gradient turns each pair of dy by - a: one function with a sign does both."},
    .includes = "#include <cmath>\n#include <stdexcept>\n",
    .code = R"(
// Each pair of x turned by sign times its angle.
inline Tensor turned(const Tensor& x, int64_t first, double base, double sign) {
  std::vector<double> v = x.to_vector<double>();
  exercise::hole("turned");
  return tensor(v, x.shape(), x.dtype());
}

struct Rope {
  static constexpr const char* name = "rope";
  int64_t first;
  double base;

  Tensor forward(Inputs in) { return turned(in[0], first, base, 1); }
  Grads backward(const Tensor& dy, Wanted) const {
    exercise::hole("backward");
  }
};

inline Tensor rope(const Tensor& x, int64_t first, double base) {
  // Refuse an odd number of columns here.
  return apply(Rope{first, base}, x);
}
)",
    .test = R"(
inline bool my_test(
    std::function<Tensor(const Tensor& x, int64_t first, double base)> rope) {
  const Tensor x = tensor({{1, 0}}, DType::f64);
  return rope(x, 0, 10000)[0][0].item() == 1;  // weak: position 0 does not turn
}
)"};

}  // namespace gradus::tools
