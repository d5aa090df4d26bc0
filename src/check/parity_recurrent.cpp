// SPDX-License-Identifier: MIT
// Parity targets: recurrent layers and cells.
#include <algorithm>

#include "check/parity_call.h"
#include "gradus/nn/recurrent.h"
#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

using List = std::vector<Tensor>;

RnnNonlinearity nonlinearity(Call& c) {
  const std::string word = c.config.word("nonlinearity", "tanh");
  if (word != "tanh" && word != "relu") unknown({"nonlinearity ", word});
  return word == "relu" ? RnnNonlinearity::relu : RnnNonlinearity::tanh;
}

RecurrentLayerOptions options_of(Call& c, RecurrentKind kind) {
  RecurrentLayerOptions o{.input_size = c.config.integer("input_size"),
                          .hidden_size = c.config.integer("hidden_size"),
                          .num_layers = c.config.integer("num_layers", 1),
                          .bias = c.config.flag("bias", true),
                          .batch_first = c.config.flag("batch_first", false),
                          .dropout = c.config.number("dropout", 0),
                          .bidirectional = c.config.flag("bidirectional", false)};
  if (kind == RecurrentKind::rnn) o.nonlinearity = nonlinearity(c);
  if (kind == RecurrentKind::lstm) o.proj_size = c.config.integer("proj_size", 0);
  if (kind != RecurrentKind::lstm) c.config.only("proj_size", 0);
  if (c.training && o.dropout > 0) unknown({"dropout is random"});
  return o;
}

// hx, or hx.0 and hx.1; unbatched states get a batch axis before the last axis.
Tensors first_states(Call& c, bool single) {
  Tensors states;
  List given = c.ins("hx");
  if (c.has("hx")) given = {c.in("hx")};
  for (const Tensor& h : given) states.push_back(single ? unsqueeze(h, 1) : h);
  return states;
}

Target layer(RecurrentKind kind) {
  return [kind](Call& c) -> List {
    const RecurrentLayerOptions o = options_of(c, kind);
    AnyRecurrent model(kind, o);
    c.load(model);
    Tensor x = c.in("input");
    const bool single = x.dim() == 2;
    const int batch = o.batch_first ? 0 : 1;
    if (single) x = unsqueeze(x, batch);
    std::vector<int64_t> lengths;
    if (c.has("lengths")) lengths = c.in("lengths").to_vector<int64_t>();
    AnyRecurrent::Result r = model(x, lengths, first_states(c, single));
    if (!lengths.empty())  // as pad_packed_sequence does: cut to the longest length
      r.output = narrow(r.output, 1 - batch, 0, *std::max_element(lengths.begin(), lengths.end()));
    List out{single ? squeeze(r.output, batch) : r.output};
    for (const Tensor& h : r.state) out.push_back(single ? squeeze(h, 1) : h);
    return out;
  };
}

CellOptions cell_options(Call& c, bool plain) {
  CellOptions o{.input_size = c.config.integer("input_size"),
                .hidden_size = c.config.integer("hidden_size"),
                .bias = c.config.flag("bias", true)};
  if (plain) o.nonlinearity = nonlinearity(c);
  return o;
}

template <class Cell> List step(Call& c, bool plain) {
  Cell cell(cell_options(c, plain));
  c.load(cell);
  const Tensor x = c.in("input");
  const bool single = x.dim() == 1;
  const auto batched = [&](const Tensor& t) { return single && t.defined() ? unsqueeze(t, 0) : t; };
  const Tensor h = cell(batched(x), batched(c.optional_in("hx")));
  return {single ? squeeze(h, 0) : h};
}

List lstm_step(Call& c) {
  LSTMCell cell(cell_options(c, false));
  c.load(cell);
  const Tensor x = c.in("input");
  const bool single = x.dim() == 1;
  const auto batched = [&](const Tensor& t) { return single && t.defined() ? unsqueeze(t, 0) : t; };
  const LSTMCell::State s =
      cell(batched(x), {batched(c.optional_in("hx.0")), batched(c.optional_in("hx.1"))});
  return {single ? squeeze(s.h, 0) : s.h, single ? squeeze(s.c, 0) : s.c};
}

}  // namespace

Targets recurrent_targets() {
  return {{"torch.nn.RNN", layer(RecurrentKind::rnn)},
          {"torch.nn.GRU", layer(RecurrentKind::gru)},
          {"torch.nn.LSTM", layer(RecurrentKind::lstm)},
          {"torch.nn.RNNCell", [](Call& c) { return step<RNNCell>(c, true); }},
          {"torch.nn.GRUCell", [](Call& c) { return step<GRUCell>(c, false); }},
          {"torch.nn.LSTMCell", lstm_step}};
}

}  // namespace gradus::check
