// SPDX-License-Identifier: MIT
// Answers: attention, rope.
#include <cmath>

#include "tests/exercises/answers.h"

namespace gradus::tests {
namespace {

enum class AttentionMistake {
  none,
  no_scale,
  no_sum,
  not_transposed,
  dk_not_transposed,
  swapped,
  mask_zero,
  no_mask
};

Tensor later_keys(int64_t T, int64_t S) {
  Tensor hidden = zeros({T, S}, DType::boolean);
  for (int64_t i = 0; i < T; ++i)
    for (int64_t j = i + 1; j < S; ++j) hidden.mutable_data<bool>()[i * S + j] = true;
  return hidden;
}

template <AttentionMistake m> struct AttentionRule {
  static constexpr const char* name = "attention";
  bool causal;
  Tensor q{}, k{}, v{}, P{};
  double scale() const {
    return m == AttentionMistake::no_scale ? 1 : 1 / std::sqrt(static_cast<double>(q.size(-1)));
  }
  Tensor forward(Inputs in) {
    q = in[0];
    k = in[1];
    v = in[2];
    Tensor S = matmul(q, k.transpose(1, 2)) * scale();
    if (causal && m != AttentionMistake::no_mask)
      S = masked_fill(S, expand(later_keys(S.size(1), S.size(2)), S.shape()),
                      m == AttentionMistake::mask_zero ? 0 : -INFINITY);
    P = softmax(S, -1);
    return matmul(P, v);
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const bool turn = m != AttentionMistake::not_transposed;  // else matmul throws where T != S
    const Tensor dv = matmul(turn ? P.transpose(1, 2) : P, dy);
    const Tensor dP = matmul(dy, v.transpose(1, 2));
    const Tensor dS = m == AttentionMistake::no_sum ? P * dP : P * (dP - sum(dP * P, {-1}, true));
    const bool turn_dS = m != AttentionMistake::dk_not_transposed;
    const Tensor dq = matmul(dS, k) * scale();
    const Tensor dk = matmul(turn_dS ? dS.transpose(1, 2) : dS, q) * scale();
    if (m == AttentionMistake::swapped) return {dk, dq, dv};
    return {dq, dk, dv};
  }
};
template <AttentionMistake m>
Tensor my_attention(const Tensor& q, const Tensor& k, const Tensor& v, bool causal) {
  return apply(AttentionRule<m>{causal}, q, k, v);
}

bool test_attention(std::function<Tensor(const Tensor&, const Tensor&, const Tensor&, bool)> f) {
  const Tensor q = random({1, 3, 4}, 1), k = random({1, 3, 4}, 2), v = random({1, 3, 4}, 3);
  for (bool causal : {false, true}) {
    const AttentionOptions o{.mask = causal ? Mask::causal() : Mask{}};
    const auto fn = [&](Inputs in) -> Tensors { return {f(in[0], in[1], in[2], causal)}; };
    if (!near(f(q, k, v, causal), scaled_dot_product_attention(q, k, v, o))) return false;
    if (!gradients_are_right(fn, {q, k, v})) return false;
  }
  return true;
}

Answers attention_only() {
  using enum AttentionMistake;
  const auto of = [](auto* f) { return marks("attention", f, test_attention); };
  return {"attention",
          of(my_attention<none>),
          {{"no scale", of(my_attention<no_scale>), "the scores are not divided by sqrt(D)"},
           {"no sum", of(my_attention<no_sum>), "the term - sum(dP P) of softmax is missing"},
           {"not transposed", of(my_attention<not_transposed>),
            "the weights are not transposed in the gradient of v"},
           {"dk not transposed", of(my_attention<dk_not_transposed>),
            "dA is not transposed in the gradient of k"},
           {"swapped", of(my_attention<swapped>), "the gradients of q and k are swapped"},
           {"mask of 0", of(my_attention<mask_zero>), "hidden scores are 0 instead of -infinity"},
           {"no mask", of(my_attention<no_mask>), "the causal mask is missing"}}};
}

enum class RopeMistake { none, half, forward_again, from_one };

template <RopeMistake m> Tensor turned(const Tensor& x, int64_t first, double base, double sign) {
  std::vector<double> v = x.to_vector<double>();
  const auto D = static_cast<size_t>(x.size(-1)), T = static_cast<size_t>(x.size(-2));
  for (size_t e = 0; e < v.size(); e += D)
    for (size_t i = 0; i < D / 2; ++i) {
      const double t = static_cast<double>(first) + static_cast<double>(e / D % T) +
                       (m == RopeMistake::from_one);
      const double a =
          sign * t * std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(D));
      double& p = v[e + (m == RopeMistake::half ? i : 2 * i)];
      double& q = v[e + (m == RopeMistake::half ? i + D / 2 : 2 * i + 1)];
      const double old = p;
      p = old * std::cos(a) - q * std::sin(a);
      q = old * std::sin(a) + q * std::cos(a);
    }
  return tensor(v, x.shape(), x.dtype());
}

template <RopeMistake m> struct RopeRule {
  static constexpr const char* name = "rope";
  int64_t first;
  double base;
  Tensor forward(Inputs in) { return turned<m>(in[0], first, base, 1); }
  Grads backward(const Tensor& dy, Wanted) const {
    return {turned<m>(dy, first, base, m == RopeMistake::forward_again ? 1 : -1)};
  }
};
template <RopeMistake m> Tensor my_rope(const Tensor& x, int64_t first, double base) {
  if (x.size(-1) % 2) throw std::invalid_argument("an odd width");
  return apply(RopeRule<m>{first, base}, x);
}

bool test_rope(std::function<Tensor(const Tensor&, int64_t, double)> f) {
  const Tensor x = random({2, 3, 4}, 1);
  const auto fn = [&](Inputs in) -> Tensors { return {f(in[0], 2, 100)}; };
  return near(f(x, 2, 100), rope(x, {.base = 100, .first = 2})) && gradients_are_right(fn, {x});
}

Answers rope_only() {
  using enum RopeMistake;
  return {"rope",
          marks("rope", my_rope<none>, test_rope),
          {{"half pairs", marks("rope", my_rope<half>, test_rope), "half pairs, (i, i + D/2)"},
           {"forward again", marks("rope", my_rope<forward_again>, test_rope),
            "the gradient is rotated forward, not back"},
           {"from one", marks("rope", my_rope<from_one>, test_rope), "positions count from 1"}}};
}

}  // namespace

std::vector<Answers> attention_answers() { return {attention_only(), rope_only()}; }

}  // namespace gradus::tests
