// SPDX-License-Identifier: MIT
// Rows of ops/recurrent.h.
#include "check/reference_recurrent.h"
#include "check/rows.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/recurrent.h"
#include "kernels/recurrent.h"

namespace gradus::check {
namespace {

struct CellForm {
  CellKind kind;
  int64_t B, T, I, H;
  bool b_ih = true, b_hh = true, reverse = false, batch_first = true;
  std::vector<int64_t> lengths{};
  bool lstm() const { return kind == CellKind::lstm; }
  RecurrentForm plain() const {
    return {.kind = kind, .reverse = reverse, .batch_first = batch_first, .lengths = lengths};
  }
};

// Inputs of a sample: x, W, U, h0, [c0], [b_ih], [b_hh].
Tensors call(const CellForm& f, Inputs in) {
  const size_t rest = f.lstm() ? 5 : 4;
  const RecurrentWeights w{.ih = in[1], .hh = in[2], .b_ih = f.b_ih ? in[rest] : Tensor{},
                           .b_hh = f.b_hh ? in[rest + f.b_ih] : Tensor{}};
  const RecurrentOptions o{f.lengths, f.reverse, f.batch_first};
  if (f.kind == CellKind::gru) return gru(in[0], in[3], w, o);
  if (f.kind == CellKind::lstm) return lstm(in[0], in[3], in[4], w, o);
  return rnn(in[0], in[3], w, o,
             f.kind == CellKind::relu ? RnnNonlinearity::relu : RnnNonlinearity::tanh);
}

Reference cell_reference(const CellForm& f) {
  return [f]<class T>(const Arrays<T>& in) {
    const size_t rest = f.lstm() ? 5 : 4;
    const Array<T>& W = in[1];
    Array<T> transposed(Shape{W.size(1), W.size(0)});
    for (int64_t i = 0; i < W.size(0); ++i)
      for (int64_t k = 0; k < W.size(1); ++k) transposed[k * W.size(0) + i] = W[i * W.size(1) + k];
    Array<T> a = plain_matmul(in[0], transposed);
    for (int64_t e = 0; f.b_ih && e < a.count(); ++e) a[e] += in[rest][e % W.size(0)];
    return plain_walk(a, in[3], f.lstm() ? in[4] : Array<T>{}, in[2],
                      f.b_hh ? &in[rest + f.b_ih] : nullptr, f.plain());
  };
}

std::string label(const CellForm& f) {
  std::string lengths = f.lengths.empty() ? "" : ", lengths";
  for (int64_t n : f.lengths) lengths += text({" ", n});
  return text({"B ", f.B, ", T ", f.T, ", I ", f.I, ", H ", f.H, f.b_ih ? "" : ", no b_ih",
               f.b_hh ? "" : ", no b_hh", f.reverse ? ", reverse" : "",
               f.batch_first ? "" : ", time first", lengths});
}

// Keeps units away from relu's kink: clearly on, except every third, whose bias turns it off.
void keep_off_kinks(Generator& gen, Sample& s) {
  for (Tensor& x : s.inputs) x = values(gen, x.shape(), 0.1, 0.6);
  if (s.inputs.size() < 5) return;
  double* bias = s.inputs.back().mutable_data<double>();
  for (int64_t j = 1; j < s.inputs.back().numel(); j += 3) bias[j] = -20;
}

Sample cell_sample(Generator& gen, const CellForm& f) {
  const int64_t width = gates_of(f.kind) * f.H;
  Sample s{.label = label(f),
           .inputs = {values(gen, f.batch_first ? Shape{f.B, f.T, f.I} : Shape{f.T, f.B, f.I}),
                      values(gen, {width, f.I}), values(gen, {width, f.H}),
                      values(gen, {f.B, f.H})}};
  if (f.lstm()) s.inputs.push_back(values(gen, {f.B, f.H}));
  for (int k = 0; k < f.b_ih + f.b_hh; ++k) s.inputs.push_back(values(gen, {width}));
  if (f.kind == CellKind::relu) keep_off_kinks(gen, s);
  s.call = [f](Inputs in) { return call(f, in); };
  s.reference = cell_reference(f);
  return s;
}

std::vector<CellForm> forms(CellKind k) {
  const auto form = [k](int64_t B, int64_t T, int64_t I, int64_t H) {
    return CellForm{.kind = k, .B = B, .T = T, .I = I, .H = H};
  };
  std::vector<CellForm> all = {
      form(1, 1, 1, 1), form(2, 3, 2, 2), form(2, 3, 2, 3), form(3, 2, 1, 2),
      form(2, 4, 2, 2), form(2, 4, 3, 2), form(3, 3, 2, 2), form(3, 4, 2, 2),
      form(4, 3, 2, 2), form(3, 4, 1, 2), form(2, 3, 2, 2), form(6, 2, 2, 3),
      form(0, 3, 2, 2), form(2, 0, 2, 3), form(2, 2, 2, 5)};
  for (size_t i : {2, 4}) all[i].b_ih = false;
  for (size_t i : {2, 3, 14}) all[i].b_hh = false;
  for (size_t i : {5, 6, 8, 10, 14}) all[i].reverse = true;
  for (size_t i : {4, 6, 9, 10}) all[i].batch_first = false;
  all[7].lengths = {4, 1, 3};
  all[8].lengths = {2, 3, 0, 1};
  all[9].lengths = {2, 0, 4};
  all[10].lengths = {1, 3};
  return all;
}

// The sizes select direction, order of axes and lengths. Weights are small, so that sums over many
// units do not saturate the cells, and many steps do not amplify the errors of f32.
Sample some_sample(Generator& gen, CellKind kind, int64_t B, int64_t T, int64_t I, int64_t H) {
  CellForm f{.kind = kind, .B = B, .T = T, .I = I, .H = H};
  const int64_t turn = B + T + I + H;
  f.reverse = turn % 2 == 0;
  f.batch_first = turn % 3 != 0;
  for (int64_t b = 0; turn % 5 > 1 && b < B; ++b) f.lengths.push_back((b * 7 + turn) % (T + 1));
  Sample s = cell_sample(gen, f);
  for (size_t i : {1, 2})
    s.inputs[i] = mul(s.inputs[i], 0.8 / std::sqrt(static_cast<double>(s.inputs[i].size(1))));
  return s;
}

std::vector<Axis> cell_axes(CellKind kind) {
  using namespace kernels;
  const auto axis = [=](const char* name, std::vector<KernelConstant> constants,
                        Dims (*of)(int64_t n), bool few = false) {  // B, T, I, H
    return Axis{name, std::move(constants), [=](Generator& gen, int64_t n) {
                  const Dims d = of(n);
                  return some_sample(gen, kind, d[0], d[1], d[2], d[3]);
                }, few};
  };
  // Numbers of units for which two or more steps of recurrent_block sequences fill a task.
  constexpr int64_t wide = 130, narrow = 64;
  static_assert(recurrent_work / (2 * wide * wide + 1) < recurrent_block);
  std::vector<Axis> all = {
      axis("sequences", {{"states_grain", states_grain / (2 * 5 + 1) + 1},
                         {"packed_tile_rows", packed_tile_rows}},
           [](int64_t n) { return Dims{n, 2, 3, 5}; }),
      axis("steps", {}, [](int64_t n) { return Dims{2, n, 3, 4}; }),
      axis("inputs", {}, [](int64_t n) { return Dims{2, 3, n, 4}; }),
      axis("units", {{"packed_depth", packed_depth},
                     {"packed_depth", packed_depth / gates_of(kind)},
                     {"packed_tile_bytes", packed_tile_bytes / 4},
                     {"packed_tile_bytes", packed_tile_bytes / 8}},
           [](int64_t n) { return Dims{2, 2, 3, n}; }),
      axis("sequences of many units", {{"recurrent_block", recurrent_block},
                                       {"recurrent_work",
                                        recurrent_work / (2 * narrow * narrow + 1)}},
           [](int64_t n) { return n < 20 ? Dims{n, 2, 2, wide} : Dims{n, 2, 2, narrow}; }, true)};
  if (kind == CellKind::tanh)  // the cheapest cell for the most expensive sizes
    all.push_back(axis("a large batch", {{"recurrent_large_batch", recurrent_large_batch},
                                         {"recurrent_large_block",
                                          recurrent_large_batch + recurrent_large_block}},
                       [](int64_t n) { return Dims{n, 1, 2, 190}; }, true));
  return all;
}

// The rule's inputs are a, h0, [c0], U, [b_hh].
Mutant walked(const char* what, void (*spoil)(RecurrentForm&), std::vector<CellForm> all) {
  return mistaken(what, [=](const Sample& s) {
    CellForm form = all[0];
    for (const CellForm& f : all)
      if (label(f) == s.label) form = f;
    RecurrentForm plain = form.plain();
    spoil(plain);
    return Reference([=]<class T>(const Arrays<T>& in) {
      const size_t weight = form.lstm() ? 3 : 2;
      return plain_walk(in[0], in[1], form.lstm() ? in[2] : Array<T>{}, in[weight],
                        form.b_hh ? &in[weight + 1] : nullptr, plain);
    });
  });
}

OpRow cell_row(const char* name, const std::vector<CellForm>& all) {
  OpRow r{.name = name, .rules = {name}, .once = true};
  r.samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    for (const CellForm& f : all) samples.push_back(cell_sample(gen, f));
    return samples;
  };
  const auto add = [&](const char* what, void (*spoil)(RecurrentForm&)) {
    r.mutants.push_back(walked(what, spoil, all));
  };
  add("no gradient through time", [](RecurrentForm& f) { f.no_time = true; });
  add("padding steps change the state", [](RecurrentForm& f) { f.over_the_end = true; });
  add("wrong direction", [](RecurrentForm& f) { f.reverse = !f.reverse; });
  return r;
}

std::vector<BadInput> bad_cells(int64_t gates, Tensors (*op)(const Tensor&, const Tensor&,
                                                             const RecurrentWeights&,
                                                             const RecurrentOptions&)) {
  const Tensor x = ones({2, 3, 4}), W = ones({5 * gates, 4}), U = ones({5 * gates, 5});
  const auto with = [=](RecurrentOptions o) {
    return [=](Inputs in) { op(in[0], {}, {in[1], in[2], in.size() > 3 ? in[3] : Tensor{}}, o); };
  };
  const auto from = [=](Inputs in) { op(in[0], in[3], {in[1], in[2]}, {}); };
  return {{"two axes", {ones({3, 4}), W, U}, with({}), "[3, 4] must have three axes, [B, T, I]"},
          {"two axes, time first", {ones({3, 4}), W, U}, with({.batch_first = false}),
           "[T, B, I]"},
          {"other width", {ones({2, 3, 6}), W, U}, with({}), "w.ih"},
          {"state weight", {x, W, ones({5 * gates, 6})}, with({}), "must be ["},
          {"bias", {x, W, U, ones({4 * gates})}, with({}), "w.b_ih"},
          {"h0", {x, W, U, ones({3, 5})}, from, "h0 [3, 5] must be [2, 5]"},
          {"dtype", {x, W, ones({5 * gates, 5}, DType::f64)}, with({}), "w.hh is f64, x is f32"},
          {"count of lengths", {x, W, U}, with({.lengths = {1}}), "1 lengths for a batch of 2"},
          {"length", {x, W, U}, with({.lengths = {3, 4}}), "length 4 of sequence 1 must be 0 to 3"},
          {"whole numbers", {ones({2, 3, 4}, DType::i64), W, U}, with({}), "i64"}};
}

Tensors rnn_op(const Tensor& x, const Tensor& h, const RecurrentWeights& w,
               const RecurrentOptions& o) {
  return rnn(x, h, w, o);
}
Tensors lstm_op(const Tensor& x, const Tensor& h, const RecurrentWeights& w,
                const RecurrentOptions& o) {
  return lstm(x, h, {}, w, o);
}

}  // namespace

Rows recurrent_rows() {
  std::vector<CellForm> plain = forms(CellKind::tanh);
  for (size_t k = 1; k < 6; ++k) {
    plain.push_back(forms(CellKind::relu)[k]);
    plain.back().I = 4;
  }
  OpRow simple = cell_row("rnn", plain), gated = cell_row("gru", forms(CellKind::gru)),
        memory = cell_row("lstm", forms(CellKind::lstm));
  const auto add = [](OpRow& r, CellKind k, const char* what, void (*spoil)(RecurrentForm&)) {
    r.mutants.push_back(walked(what, spoil, forms(k)));
  };
  const auto swapped = [](RecurrentForm& f) { f.swapped = true; };
  add(gated, CellKind::gru, "r and z swapped", swapped);
  add(gated, CellKind::gru, "1 - z for z", [](RecurrentForm& f) { f.other_share = true; });
  add(gated, CellKind::gru, "r held constant", [](RecurrentForm& f) { f.constant_reset = true; });
  add(gated, CellKind::gru, "z held constant", [](RecurrentForm& f) { f.constant_gate = true; });
  add(memory, CellKind::lstm, "i and f swapped", swapped);
  add(memory, CellKind::lstm, "c held constant", [](RecurrentForm& f) { f.constant_c = true; });
  add(memory, CellKind::lstm, "o held constant", [](RecurrentForm& f) { f.constant_gate = true; });
  simple.axes = cell_axes(CellKind::tanh);
  gated.axes = cell_axes(CellKind::gru);
  memory.axes = cell_axes(CellKind::lstm);
  simple.bad = bad_cells(1, rnn_op);
  gated.bad = bad_cells(3, gru);
  memory.bad = bad_cells(4, lstm_op);
  return {simple, gated, memory};
}

}  // namespace gradus::check
