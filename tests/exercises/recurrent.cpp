// SPDX-License-Identifier: MIT
// Answers: gru_cell, lstm_cell.
#include "tests/exercises/answers.h"

namespace gradus::tests {
namespace {

Tensor columns(const Tensor& t, int64_t parts, int64_t k) {
  const int64_t H = t.size(1) / parts;
  return narrow(t, 1, k * H, H);
}

enum class GruMistake { none, swapped, reset_first, r_constant, no_direct };

template <GruMistake m> struct GruGates {
  static constexpr const char* name = "gru_gates";
  Tensor h{}, r{}, z{}, n{}, b_n{};
  Tensor forward(Inputs in) {
    const bool swapped = m == GruMistake::swapped;
    h = in[2];
    r = sigmoid(columns(in[0], 3, swapped) + columns(in[1], 3, swapped));
    z = sigmoid(columns(in[0], 3, !swapped) + columns(in[1], 3, !swapped));
    b_n = columns(in[1], 3, 2).contiguous_data();
    n = tanh(columns(in[0], 3, 2) + r * b_n);
    return (1 - z) * n + z * h;
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const Tensor u = dy * (1 - z) * (1 - n * n), dz = dy * (h - n) * z * (1 - z);
    const Tensor dr = m == GruMistake::r_constant ? u * 0 : u * b_n * r * (1 - r);
    const Tensor dh = m == GruMistake::no_direct ? dy * 0 : dy * z;
    return {cat({dr, dz, u}, 1), cat({dr, dz, u * r}, 1), dh};
  }
};
template <GruMistake m>
Tensor my_gru(const Tensor& x, const Tensor& h, const Tensor& w_ih, const Tensor& w_hh,
              const Tensor& b_ih, const Tensor& b_hh) {
  return apply(GruGates<m>{}, linear(x, w_ih, b_ih), linear(h, w_hh, b_hh), h);
}
// The reset gate of the first paper: on h, before the product.
Tensor early_reset(const Tensor& x, const Tensor& h, const Tensor& w_ih, const Tensor& w_hh,
                   const Tensor& b_ih, const Tensor& b_hh) {
  const Tensor a = linear(x, w_ih, b_ih), b = linear(h, w_hh, b_hh);
  const int64_t H = h.size(1);
  const Tensor r = sigmoid(columns(a, 3, 0) + columns(b, 3, 0));
  const Tensor z = sigmoid(columns(a, 3, 1) + columns(b, 3, 1));
  const Tensor of_h = linear(r * h, narrow(w_hh, 0, 2 * H, H), narrow(b_hh, 0, 2 * H, H));
  return (1 - z) * tanh(columns(a, 3, 2) + of_h) + z * h;
}

using GruFunction = Tensor(const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                           const Tensor&, const Tensor&);

bool test_gru(std::function<GruFunction> f) {
  const std::vector<Tensor> in = {random({2, 3}, 1), random({2, 2}, 2), random({6, 3}, 3),
                                  random({6, 2}, 4), random({6}, 5),    random({6}, 6)};
  const auto fn = [&](Inputs i) -> Tensors { return {f(i[0], i[1], i[2], i[3], i[4], i[5])}; };
  const Tensor right = gru(unsqueeze(in[0], 1), in[1], {in[2], in[3], in[4], in[5]})[1];
  return near(fn({in.data(), in.size()})[0], right) && gradients_are_right(fn, in);
}

Answers gru_answers() {
  using enum GruMistake;
  const auto of = [](GruFunction* f) { return marks("gru_cell", f, test_gru); };
  return {
      "gru_cell",
      of(my_gru<none>),
      {{"gates swapped", of(my_gru<swapped>), "r and z are swapped"},
       {"reset before the product", of(early_reset),
        "r is applied to h before the product with w_hh"},
       {"r constant", of(my_gru<r_constant>), "no gradient goes through r"},
       {"no direct path", of(my_gru<no_direct>), "the term z dy is missing in the gradient of h"}}};
}

enum class LstmMistake { none, swapped, no_tanh, one_path };

template <LstmMistake m> struct LstmGates {
  static constexpr const char* name = "lstm_gates";
  Tensor c{}, i{}, f{}, g{}, o{}, shown{};
  Outputs forward(Inputs in) {
    c = in[1];
    i = sigmoid(columns(in[0], 4, m == LstmMistake::swapped));
    f = sigmoid(columns(in[0], 4, m != LstmMistake::swapped));
    g = tanh(columns(in[0], 4, 2));
    o = sigmoid(columns(in[0], 4, 3));
    const Tensor next = f * c + i * g;
    shown = m == LstmMistake::no_tanh ? next : tanh(next);
    return {o * shown, next};
  }
  Grads backward(const Grads& dy, Wanted) const {
    const Tensor dh = dy[0].defined() ? dy[0] : zeros_like(c);
    Tensor dc = dy[1].defined() ? dy[1] : zeros_like(c);
    if (m != LstmMistake::one_path)
      dc = dc + dh * o * (m == LstmMistake::no_tanh ? ones_like(c) : 1 - shown * shown);
    const Tensor di = dc * g * i * (1 - i), df = dc * c * f * (1 - f);
    return {cat({di, df, dc * i * (1 - g * g), dh * shown * o * (1 - o)}, 1), dc * f};
  }
};
template <LstmMistake m>
Tensors my_lstm(const Tensor& x, const Tensor& h, const Tensor& c, const Tensor& w_ih,
                const Tensor& w_hh, const Tensor& b_ih, const Tensor& b_hh) {
  return apply(LstmGates<m>{}, linear(x, w_ih, b_ih) + linear(h, w_hh, b_hh), c);
}

using LstmFunction = Tensors(const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                             const Tensor&, const Tensor&, const Tensor&);

bool test_lstm(std::function<LstmFunction> f) {
  const std::vector<Tensor> in = {random({2, 3}, 1), random({2, 2}, 2), random({2, 2}, 3),
                                  random({8, 3}, 4), random({8, 2}, 5), random({8}, 6),
                                  random({8}, 7)};
  const auto fn = [&](Inputs i) { return f(i[0], i[1], i[2], i[3], i[4], i[5], i[6]); };
  const Tensors y = fn({in.data(), in.size()});
  const Tensors right = lstm(unsqueeze(in[0], 1), in[1], in[2], {in[3], in[4], in[5], in[6]});
  return near(y[0], right[1]) && near(y[1], right[2]) && gradients_are_right(fn, in);
}

Answers lstm_answers() {
  using enum LstmMistake;
  const auto of = [](LstmFunction* f) { return marks("lstm_cell", f, test_lstm); };
  return {"lstm_cell",
          of(my_lstm<none>),
          {{"gates swapped", of(my_lstm<swapped>), "i and f are swapped"},
           {"no tanh", of(my_lstm<no_tanh>), "tanh is missing in h' = o tanh(c')"},
           {"one path", of(my_lstm<one_path>), "the path from h' to c' is missing"}}};
}

}  // namespace

std::vector<Answers> recurrent_answers() { return {gru_answers(), lstm_answers()}; }

}  // namespace gradus::tests
