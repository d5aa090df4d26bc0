// SPDX-License-Identifier: MIT
// Exercises on recurrent cells: gru_cell, lstm_cell. A wrong version is a composition of public
// ops; a factor that is held constant is detached.
#include <algorithm>
#include <array>

#include "check/exercise/exercise.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/recurrent.h"
#include "gradus/ops/view.h"

namespace gradus::exercise {
namespace {

using check::values;

RecurrentWeights weights(Inputs in, size_t first) {
  return {.ih = in[first], .hh = in[first + 1], .b_ih = in[first + 2], .b_hh = in[first + 3]};
}

// x, h, [c], w_ih, w_hh, b_ih, b_hh.
std::vector<Example> cell_examples(Generator& gen, int64_t gates, bool memory) {
  std::vector<Example> all;
  for (const auto& [B, I, H] :
       std::vector<std::array<int64_t, 3>>{{1, 1, 1}, {2, 3, 2}, {3, 2, 4}, {4, 2, 2}, {1, 4, 3}}) {
    Example e{text({"B ", B, ", I ", I, ", H ", H}), {values(gen, {B, I}), values(gen, {B, H})}};
    if (memory) e.inputs.push_back(values(gen, {B, H}));
    for (int64_t width : {I, H}) e.inputs.push_back(values(gen, {gates * H, width}));
    for (int i = 0; i < 2; ++i) e.inputs.push_back(values(gen, {gates * H}));
    all.push_back(e);
  }
  return all;
}

// Gates so large that exp() overflows in a careless sigmoid, and an empty batch.
std::vector<Edge> cell_edges(const std::vector<Example>& examples) {
  Example large = examples[1], empty = examples[1];
  large.label = "inputs of 1000";
  large.inputs[0] = full(large.inputs[0].shape(), 1000, DType::f64);
  empty.label = "an empty batch";
  for (Tensor& x : empty.inputs)
    if (x.dim() == 2 && x.size(0) == examples[1].inputs[0].size(0))
      x = zeros({0, x.size(1)}, DType::f64);
  return {{large, "gates of 1000 must give 0, 1 or -1, not NaN; sigmoid() and tanh() do"},
          {empty, "0 rows in, 0 rows out"}};
}

Tensor constant_if(bool held, const Tensor& x) { return held ? x.detach() : x; }

struct Gru {
  bool swapped = false, other_share = false, reset_first = false, no_reset = false;
  bool r_held = false, z_held = false, h_held = false, n_held = false;
};

Tensors plain_gru(Inputs in, const Gru& f) {
  const Tensor &x = in[0], &h = in[1], a = linear(x, in[2], in[4]), b = linear(h, in[3], in[5]);
  const int64_t H = h.size(1);
  const auto part = [H](const Tensor& t, int64_t k) { return narrow(t, 1, k * H, H); };
  const auto row_part = [H](const Tensor& t) { return narrow(t, 0, 2 * H, H); };
  Tensor r = sigmoid(part(a, 0) + part(b, 0)), z = sigmoid(part(a, 1) + part(b, 1));
  if (f.swapped) std::swap(r, z);
  r = constant_if(f.r_held, r);
  z = constant_if(f.z_held, z);
  Tensor of_h = f.no_reset ? part(b, 2) : r * part(b, 2);
  if (f.reset_first) of_h = linear(r * h, row_part(in[3]), row_part(in[5]));
  const Tensor n = constant_if(f.n_held, tanh(part(a, 2) + of_h));
  const Tensor old = constant_if(f.h_held, h);
  return {f.other_share ? z * n + (1 - z) * old : (1 - z) * n + z * old};
}

Impostor gru(const char* name, Gru f) {
  return wrong_result(name, [f](Inputs in, const Numbers&) { return plain_gru(in, f); });
}

struct Lstm {
  bool swapped = false, other_order = false, no_tanh = false, old_c = false, no_forget = false;
  bool c_held = false, o_held = false, g_held = false;
};

Tensors plain_lstm(Inputs in, const Lstm& l) {
  const Tensor a = linear(in[0], in[3], in[5]) + linear(in[1], in[4], in[6]);
  const int64_t H = in[1].size(1);
  const auto part = [&](int64_t k) { return narrow(a, 1, k * H, H); };
  const int64_t at_g = l.other_order ? 3 : 2;
  Tensor i = sigmoid(part(0)), f = sigmoid(part(1)), g = constant_if(l.g_held, tanh(part(at_g)));
  if (l.swapped) std::swap(i, f);
  const Tensor o = constant_if(l.o_held, sigmoid(part(5 - at_g)));
  const Tensor c = l.no_forget ? in[2] + i * g : f * in[2] + i * g;
  const Tensor of_c = constant_if(l.c_held, l.old_c ? in[2] : c);
  return {l.no_tanh ? o * of_c : o * tanh(of_c), c};
}

Impostor lstm(const char* name, Lstm l) {
  return wrong_result(name, [l](Inputs in, const Numbers&) { return plain_lstm(in, l); });
}

}  // namespace

Exercise gru_cell_exercise() {
  Exercise e{.name = "gru_cell",
             .right =
                 [](Inputs in, const Numbers&) {
                   const Tensors y = gradus::gru(unsqueeze(in[0], 1), in[1], weights(in, 2));
                   return Tensors{y[1]};
                 },
             .inputs = {"x", "h", "w_ih", "w_hh", "b_ih", "b_hh"},
             .examples = [](Generator& gen) { return cell_examples(gen, 3, false); }};
  Generator gen(3);
  e.edges = cell_edges(cell_examples(gen, 3, false));
  e.impostors = {
      gru("r and z are swapped: the order of the gates is r, z, n", {.swapped = true}),
      gru("z and 1 - z are swapped", {.other_share = true}),
      gru("r is applied to h before the product with w_hh, not after it", {.reset_first = true}),
      gru("r is not applied", {.no_reset = true}),
      gru("r is held constant: no gradient goes through r", {.r_held = true}),
      gru("z is held constant: no gradient goes through z", {.z_held = true}),
      gru("n is held constant: no gradient goes through n", {.n_held = true}),
      gru("the term z dy is missing in the gradient of h", {.h_held = true})};
  e.solution = {"src/kernels/recurrent_cells.h", "struct GruCell"};
  e.result_hint = "r, z, n in this order; n = tanh(a_n + r b_n); h' = (1 - z) n + z h";
  e.gradient_hint =
      "dn = dy (1 - z) (1 - n^2), dz = dy (h - n) z (1 - z), dr = dn b_n r (1 - r); "
      "b gets dn r where a gets dn; h also gets dy z";
  return e;
}

Exercise lstm_cell_exercise() {
  Exercise e{.name = "lstm_cell",
             .right =
                 [](Inputs in, const Numbers&) {
                   const Tensors y =
                       gradus::lstm(unsqueeze(in[0], 1), in[1], in[2], weights(in, 3));
                   return Tensors{y[1], y[2]};
                 },
             .inputs = {"x", "h", "c", "w_ih", "w_hh", "b_ih", "b_hh"},
             .examples = [](Generator& gen) { return cell_examples(gen, 4, true); }};
  Generator gen(3);
  e.edges = cell_edges(cell_examples(gen, 4, true));
  e.impostors = {
      lstm("i and f are swapped: the order of the gates is i, f, g, o", {.swapped = true}),
      lstm("g and o are swapped: the order of the gates is i, f, g, o", {.other_order = true}),
      lstm("tanh is missing in h' = o tanh(c')", {.no_tanh = true}),
      lstm("h' is made from the old c instead of the new one", {.old_c = true}),
      lstm("f is not applied to c", {.no_forget = true}),
      lstm("the path from h' to c' is missing in the gradient", {.c_held = true}),
      lstm("no gradient goes through o", {.o_held = true}),
      lstm("no gradient goes through g", {.g_held = true})};
  e.solution = {"src/kernels/recurrent_cells.h", "struct LstmCell"};
  e.result_hint = "i, f, g, o in this order; c' = f c + i g; h' = o tanh(c')";
  e.gradient_hint = "c' has two successors: dc' = its own gradient + dh' o (1 - tanh(c')^2)";
  return e;
}

}  // namespace gradus::exercise
