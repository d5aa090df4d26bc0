// SPDX-License-Identifier: MIT
// ONNX's recurrent layers: weights in another order of the gates, sequences time first, and axes
// for the directions.
#include "gradus/ops/recurrent.h"

#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

using Order = std::vector<int>;  // the position in ONNX of each gate of gradus

// Rows [G H, ..] of a weight, gate by gate in another order.
Tensor reordered(const Tensor& w, const Order& order) {
  const int64_t h = w.size(0) / static_cast<int64_t>(order.size());
  std::vector<Tensor> gates;
  for (int at : order) gates.push_back(narrow(w, 0, at * h, h));
  return cat(gates);
}

// The common part of the three layers.
struct Layer {
  Tensor x, h0;
  RecurrentWeights w;
  RecurrentOptions options;
  bool batch_first;

  Layer(Case& c, const Order& order) : x(c.in(0)) {
    const auto gates = static_cast<int64_t>(order.size());
    const std::string direction = c.word("direction", "forward");
    if (direction == "bidirectional")
      skip({"nn::LSTM stacks directions; one direction is run here"});
    if (direction != "forward" && direction != "reverse")
      skip({"direction = ", direction, " is not known"});
    for (const char* key : {"activations", "activation_alpha", "activation_beta", "clip"})
      if (c.given(key)) skip({key, ": gradus' layers have the usual activations"});
    batch_first = c.flag("layout", false);
    options = {.reverse = direction == "reverse", .batch_first = batch_first};
    w.ih = reordered(select(c.in(1), 0, 0), order);
    w.hh = reordered(select(c.in(2), 0, 0), order);
    if (c.integer("hidden_size", w.hh.size(1)) != w.hh.size(1))
      file_error({"hidden_size is not the size of R"});
    if (c.has(3)) {
      const Tensor b = select(c.in(3), 0, 0);
      w.b_ih = reordered(narrow(b, 0, 0, gates * w.hh.size(1)), order);
      w.b_hh = reordered(narrow(b, 0, gates * w.hh.size(1), gates * w.hh.size(1)), order);
    }
    if (c.has(4)) options.lengths = c.list_in(4);
    if (c.has(5)) h0 = state(c, 5);
  }
  Tensor state(Case& c, size_t k) const { return select(c.in(k), batch_first ? 1 : 0, 0); }

  // {Y, Y_h, Y_c} with an axis for the direction: [T, 1, B, H] and [1, B, H], or batch first
  // [B, T, 1, H] and [B, 1, H].
  Results results(Case& c, const Tensors& y) const {
    Results all;
    for (size_t k = 0; k < c.outputs() && k < y.size(); ++k)
      all.push_back(unsqueeze(y[k], k == 0 ? (batch_first ? 2 : 1) : (batch_first ? 1 : 0)));
    return all;
  }
};

Results run_rnn(Case& c) {
  Layer l(c, {0});
  return l.results(c, rnn(l.x, l.h0, l.w, l.options));
}

Results run_lstm(Case& c) {
  Layer l(c, {0, 2, 3, 1});  // i, o, f, g -> i, f, g, o
  c.only("input_forget", 0, "gradus does not couple the gates");
  if (c.has(7)) skip({"gradus' LSTM has no peepholes"});
  const Tensor c0 = c.has(6) ? l.state(c, 6) : Tensor();
  return l.results(c, lstm(l.x, l.h0, c0, l.w, l.options));
}

// With linear_before_reset = 0 the reset gate acts before the recurrent product. That is the
// same if the previous state is 0 and that part has no bias: one step from zeros.
Results run_gru(Case& c) {
  Layer l(c, {1, 0, 2});  // z, r, n -> r, z, n
  if (!c.flag("linear_before_reset", false)) {
    const int64_t steps = l.x.size(l.batch_first ? 1 : 0), h = l.w.hh.size(1);
    const bool bias = l.w.b_hh.defined() && any(narrow(l.w.b_hh, 0, 2 * h, h)).item() != 0;
    if (steps > 1 || l.h0.defined() || bias)
      skip({"gradus' GRU follows PyTorch: linear_before_reset = 1"});
  }
  return l.results(c, gru(l.x, l.h0, l.w, l.options));
}

// The first lengths[b] steps of each sample, backwards.
Results reverse_sequence(Case& c) {
  Tensor x = c.in(0);
  const std::vector<int64_t> lengths = c.list_in(1);
  const auto batch = static_cast<int>(c.integer("batch_axis", 1));
  const auto time = static_cast<int>(c.integer("time_axis", 0));
  std::vector<Tensor> samples;
  for (int64_t b = 0; b < x.size(batch); ++b) {
    const int64_t length = lengths.at(static_cast<size_t>(b));
    std::vector<int64_t> order;
    for (int64_t t = 0; t < x.size(time); ++t) order.push_back(t < length ? length - 1 - t : t);
    samples.push_back(index_select(narrow(x, batch, b, 1), time, order));
  }
  return {cat(samples, batch)};
}

const Operator recurrence_operators[] = {
    {"GRU", 14, run_gru},
    {"LSTM", 14, run_lstm},
    {"RNN", 14, run_rnn},
    {"ReverseSequence", 10, reverse_sequence},
};

}  // namespace

Operators recurrences() { return recurrence_operators; }

}  // namespace gradus::tests::onnx
