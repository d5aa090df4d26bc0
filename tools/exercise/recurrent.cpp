// SPDX-License-Identifier: MIT
// Pages on recurrent cells: gru_cell, lstm_cell.
#include "tools/exercise/pages.h"

namespace gradus::tools {

const ExercisePage gru_cell_page = {
    .name = "gru_cell",
    .title = "a cell that decides what to keep",
    .what = R"(
A recurrent network reads a sequence step by step and keeps its memory in h. A GRU has two gates: z
decides how much of the old h stays, and r decides how much of it the new candidate n may see.
You write one step. The products with the weights are given; the gates and their gradient are
yours.
)",
    .formula = R"(
    a = w_ih x + b_ih,  b = w_hh h + b_hh         each [B, 3H]: parts r, z, n in this order
    r = sigmoid(a_r + b_r)     z = sigmoid(a_z + b_z)
    n = tanh(a_n + r b_n)
    h' = (1 - z) n + z h

To derive: da, db and dh (only the direct part) from dy, the gradient of h'. The derivative of
sigmoid is s (1 - s), that of tanh is 1 - t^2.
)",
    .shapes = R"(
x is [B, I], h and h' are [B, H], w_ih is [3H, I], w_hh is [3H, H], b_ih and b_hh are [3H]; f32 or
f64. B may be 0.
)",
    .example = R"(
    H = 1:  a = [[0, 0, 0.5]]   b = [[0, 0, 1]]   h = [[2]]
    r = z = 0.5    n = tanh(1) = 0.761594    h' = 1.38080
    dy = [[1]]  da = [[0.0524968, 0.309601, 0.209987]]  db = [[0.0524968, 0.309601, 0.104994]]
    dh = [[0.5]]
)",
    .hints =
        {"part(t, k) cuts out part k. cat({p, q, s}, 1) puts three parts side by side.",
         "Go backward from the last line: dn = dy (1 - z), dz = dy (h - n), dh = dy z. Then "
         "through tanh and sigmoid to what is inside of them.",
         "u = dn (1 - n^2) is the gradient of a_n; that of b_n is u r; dr = u b_n. The gradient "
         "inside a sigmoid is dr r (1 - r), the same for a_r and b_r."},
    .includes = "",
    .code = R"(
struct GruGates {
  static constexpr const char* name = "gru_gates";
  Tensor h{}, r{}, z{}, n{}, b_n{};

  // Columns k H to (k + 1) H.
  static Tensor part(const Tensor& t, int64_t k) {
    const int64_t H = t.size(1) / 3;
    return narrow(t, 1, k * H, H);
  }

  Tensor forward(Inputs in) {  // a [B, 3H], b [B, 3H], h [B, H]
    h = in[2];
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {  // return {da, db, dh}
    exercise::hole("backward");
  }
};

inline Tensor gru_cell(const Tensor& x, const Tensor& h, const Tensor& w_ih, const Tensor& w_hh,
                       const Tensor& b_ih, const Tensor& b_hh) {
  return apply(GruGates{}, linear(x, w_ih, b_ih), linear(h, w_hh, b_hh), h);
}
)",
    .test = R"(
inline bool my_test(
    std::function<Tensor(const Tensor& x, const Tensor& h, const Tensor& w_ih, const Tensor& w_hh,
                         const Tensor& b_ih, const Tensor& b_hh)> gru_cell) {
  const Tensor h = zeros({1, 1}, DType::f64), w = zeros({3, 1}, DType::f64);
  const Tensor b = zeros({3}, DType::f64);
  return gru_cell(h, h, w, w, b, b).item() == 0;  // weak: everything is 0
}
)"};

const ExercisePage lstm_cell_page = {
    .name = "lstm_cell",
    .title = "a cell with a memory of its own",
    .what = R"(
An LSTM keeps a second state, c, which is not squeezed by an activation. The gate f decides how much
of c stays, i how much of the candidate g is added, and o how much of c becomes h. Along c a
gradient can travel over many steps. You write one step. The products with the weights are given.
)",
    .formula = R"(
    a = w_ih x + b_ih + w_hh h + b_hh        [B, 4H]: parts i, f, g, o in this order
    i = sigmoid(a_i)   f = sigmoid(a_f)   g = tanh(a_g)   o = sigmoid(a_o)
    c' = f c + i g
    h' = o tanh(c')

To derive: da and dc from dy[0] and dy[1], the gradients of h' and of c'. c' has two successors.
)",
    .shapes = R"(
x is [B, I]; h, c, h' and c' are [B, H]; w_ih is [4H, I], w_hh is [4H, H], b_ih and b_hh are [4H];
f32 or f64. B may be 0. If h' or c' is not used, its dy is undefined: take zeros then.
)",
    .example = R"(
    H = 1:  a = [[0, 0, 1, 0]]   c = [[2]]
    i = f = o = 0.5    g = tanh(1) = 0.761594    c' = 1.38080   h' = 0.440606
    dy[0] = [[1]], dy[1] = [[0]]:  dc' = 0.111733
    da = [[0.0212739, 0.0558666, 0.0234625, 0.220303]]   dc = [[0.0558666]]
)",
    .hints =
        {"A rule with several results returns Outputs from forward: return {h_new, c_new};",
         "dc' = dy[1] + dy[0] o (1 - tanh(c')^2); do = dy[0] tanh(c').",
         "di = dc' g, df = dc' c, dg = dc' i, dc = dc' f; then through sigmoid, s (1 - s), and "
         "tanh, 1 - t^2. cat({..}, 1) puts the parts together."},
    .includes = "",
    .code = R"(
struct LstmGates {
  static constexpr const char* name = "lstm_gates";
  Tensor c{}, i{}, f{}, g{}, o{}, tanh_c{};

  // Columns k H to (k + 1) H.
  static Tensor part(const Tensor& t, int64_t k) {
    const int64_t H = t.size(1) / 4;
    return narrow(t, 1, k * H, H);
  }

  Outputs forward(Inputs in) {  // a [B, 4H], c [B, H]; return {h', c'}
    c = in[1];
    exercise::hole("forward");
  }
  Grads backward(const Grads& dy, Wanted) const {  // return {da, dc}
    const Tensor dh = dy[0].defined() ? dy[0] : zeros_like(c);
    const Tensor dc = dy[1].defined() ? dy[1] : zeros_like(c);
    exercise::hole("backward");
  }
};

inline Tensors lstm_cell(const Tensor& x, const Tensor& h, const Tensor& c, const Tensor& w_ih,
                         const Tensor& w_hh, const Tensor& b_ih, const Tensor& b_hh) {
  return apply(LstmGates{}, linear(x, w_ih, b_ih) + linear(h, w_hh, b_hh), c);
}
)",
    .test = R"(
inline bool my_test(
    std::function<Tensors(const Tensor& x, const Tensor& h, const Tensor& c, const Tensor& w_ih,
                          const Tensor& w_hh, const Tensor& b_ih, const Tensor& b_hh)>
        lstm_cell) {
  const Tensor h = zeros({1, 1}, DType::f64), w = zeros({4, 1}, DType::f64);
  const Tensor b = zeros({4}, DType::f64);
  return lstm_cell(h, h, h, w, w, b, b).size() == 2;  // weak: counts the results
}
)"};

}  // namespace gradus::tools
