// SPDX-License-Identifier: MIT
// Recurrent layers: stacked and bidirectional layers built from the single-direction ops.
#include "gradus/nn/recurrent.h"

#include <cmath>

#include "gradus/nn/init.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

void check_sizes(const char* name, int64_t input, int64_t hidden) {
  if (input < 1 || hidden < 1)
    argument_error(
        {name, ": input_size ", input, " and hidden_size ", hidden, "; expected 1 or more"});
}

RecurrentWeights fresh_weights(int64_t gates, int64_t in, int64_t hidden, bool bias, Generator& gen,
                               int64_t projected = 0) {
  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  const char* of = gates == 4 ? "LSTM.weight" : gates == 3 ? "GRU.weight" : "RNN.weight";
  RecurrentWeights w{.ih = parameter({gates * hidden, in}, of),
                     .hh = parameter({gates * hidden, projected ? projected : hidden}, of)};
  if (bias) {
    w.b_ih = parameter({gates * hidden}, of);
    w.b_hh = parameter({gates * hidden}, of);
  }
  if (projected) w.hr = parameter({projected, hidden}, of);
  for (const Tensor* p : {&w.ih, &w.hh, &w.b_ih, &w.b_hh, &w.hr})
    if (p->defined()) uniform_(*p, -bound, bound, gen);
  return w;
}

void visit_weights(Visitor& v, RecurrentWeights& w, const std::string& ending) {
  v("weight_ih" + ending, w.ih);
  v("weight_hh" + ending, w.hh);
  v("bias_ih" + ending, w.b_ih);
  v("bias_hh" + ending, w.b_hh);
  v("weight_hr" + ending, w.hr);
}

}  // namespace

namespace {

// An LSTM with projected state, step by step, in public ops.
Tensors projected_lstm(const Tensor& x_in, const Tensor& h0, const Tensor& c0,
                       const RecurrentWeights& w, const RecurrentOptions& o) {
  const Tensor x = o.batch_first ? x_in : transpose(x_in, 0, 1);
  const int64_t B = x.size(0), T = x.size(1), P = w.hr.size(0), H = w.hr.size(1);
  Tensor h = h0.defined() ? h0 : zeros({B, P}, x.dtype());
  Tensor c = c0.defined() ? c0 : zeros({B, H}, x.dtype());
  const Tensors from_x = unbind(linear(x, w.ih, w.b_ih), 1);
  std::vector<Tensor> outputs(static_cast<size_t>(T));
  for (int64_t n = 0; n < T; ++n) {
    const int64_t t = o.reverse ? T - 1 - n : n;
    const Tensors gates = split(add(from_x[static_cast<size_t>(t)], linear(h, w.hh, w.b_hh)), H, 1);
    const Tensor next_c = add(mul(sigmoid(gates[1]), c), mul(sigmoid(gates[0]), tanh(gates[2])));
    const Tensor next_h = linear(mul(sigmoid(gates[3]), tanh(next_c)), w.hr);
    Tensor valid = zeros({B, 1}, DType::boolean);
    for (int64_t b = 0; b < B; ++b)
      valid.mutable_data<bool>()[b] = o.lengths.empty() || t < o.lengths[static_cast<size_t>(b)];
    h = where(valid, next_h, h), c = where(valid, next_c, c);
    outputs[static_cast<size_t>(t)] = where(valid, next_h, zeros({B, P}, x.dtype()));
  }
  const Tensor y = T ? stack(outputs, o.batch_first ? 1 : 0)
                     : zeros(o.batch_first ? Shape{B, 0, P} : Shape{0, B, P}, x.dtype());
  return {y, h, c};
}

}  // namespace

RecurrentLayers::RecurrentLayers(const char* name, int64_t gates, const RecurrentLayerOptions& o,
                                 Generator& gen)
    : options(o), name_(name) {
  check_sizes(name, o.input_size, o.hidden_size);
  if (o.num_layers < 1) argument_error({name, ": num_layers is ", o.num_layers});
  if (!(o.dropout >= 0 && o.dropout <= 1))
    argument_error({name, ": dropout is ", o.dropout, "; expected 0 to 1"});
  if (o.proj_size != 0 && (gates != 4 || o.proj_size < 1 || o.proj_size >= o.hidden_size))
    argument_error({name, ": proj_size is ", o.proj_size,
                    "; expected 0, or for an LSTM 1 to hidden_size - 1"});
  for (int64_t k = 0; k < o.num_layers; ++k)
    for (int64_t d = 0; d < directions(); ++d)
      weights_.push_back(fresh_weights(gates, k ? directions() * width() : o.input_size,
                                       o.hidden_size, o.bias, gen, o.proj_size));
}

void RecurrentLayers::visit(Visitor& v) {
  for (size_t i = 0; i < weights_.size(); ++i) {
    const auto D = static_cast<size_t>(directions());
    visit_weights(v, weights_[i], "_l" + std::to_string(i / D) + (i % D ? "_reverse" : ""));
  }
}

Tensors RecurrentLayers::run(const Step& step, const Tensor& x, const std::vector<int64_t>& lengths,
                             const Tensors& first) const {
  const auto D = static_cast<size_t>(directions());
  for (const Tensor& s : first)
    if (s.defined() && (s.dim() != 3 || s.size(0) != static_cast<int64_t>(weights_.size())))
      argument_error({name_, ": the initial state ", s.shape(), " must be [", weights_.size(),
                      ", B, ", options.hidden_size, "]"});
  std::vector<std::vector<Tensor>> last(first.size());
  Tensor y = x;
  for (size_t i = 0; i < weights_.size(); i += D) {
    if (i > 0 && options.dropout > 0) y = dropout(y, options.dropout, training());
    std::vector<Tensor> outputs;
    for (size_t d = 0; d < D; ++d) {
      Tensors states;
      for (const Tensor& s : first)
        states.push_back(s.defined() ? select(s, 0, static_cast<int64_t>(i + d)) : s);
      const Tensors result =
          step(y, states, weights_[i + d], {lengths, d == 1, options.batch_first});
      outputs.push_back(result[0]);
      for (size_t k = 0; k < last.size(); ++k) last[k].push_back(result[k + 1]);
    }
    y = D == 1 ? outputs[0] : cat(outputs, -1);
  }
  Tensors out{y};
  for (const std::vector<Tensor>& states : last) out.push_back(stack(states, 0));
  return out;
}

RNN::RNN(const RecurrentLayerOptions& o, Generator& gen) : RecurrentLayers("RNN", 1, o, gen) {}

RecurrentResult RNN::operator()(const Tensor& x, const std::vector<int64_t>& lengths,
                                const Tensor& h0) const {
  const auto step = [this](const Tensor& in, const Tensors& states, const RecurrentWeights& w,
                           const RecurrentOptions& o) {
    return rnn(in, states[0], w, o, options.nonlinearity);
  };
  const Tensors out = run(step, x, lengths, {h0});
  return {out[0], out[1]};
}

GRU::GRU(const RecurrentLayerOptions& o, Generator& gen) : RecurrentLayers("GRU", 3, o, gen) {}

RecurrentResult GRU::operator()(const Tensor& x, const std::vector<int64_t>& lengths,
                                const Tensor& h0) const {
  const auto step = [](const Tensor& in, const Tensors& states, const RecurrentWeights& w,
                       const RecurrentOptions& o) { return gru(in, states[0], w, o); };
  const Tensors out = run(step, x, lengths, {h0});
  return {out[0], out[1]};
}

LSTM::LSTM(const RecurrentLayerOptions& o, Generator& gen) : RecurrentLayers("LSTM", 4, o, gen) {}

LstmResult LSTM::operator()(const Tensor& x, const std::vector<int64_t>& lengths, const Tensor& h0,
                            const Tensor& c0) const {
  const auto step = [](const Tensor& in, const Tensors& states, const RecurrentWeights& w,
                       const RecurrentOptions& o) {
    return (w.hr.defined() ? projected_lstm : lstm)(in, states[0], states[1], w, o);
  };
  const Tensors out = run(step, x, lengths, {h0, c0});
  return {out[0], out[1], out[2]};
}

const char* name(RecurrentKind kind) {
  return kind == RecurrentKind::rnn ? "RNN" : kind == RecurrentKind::gru ? "GRU" : "LSTM";
}

AnyRecurrent::AnyRecurrent(RecurrentKind k, const RecurrentLayerOptions& o, Generator& gen)
    : RecurrentLayers(gradus::name(k),
                      k == RecurrentKind::rnn   ? 1
                      : k == RecurrentKind::gru ? 3
                                                : 4,
                      o, gen),
      kind(k) {}

AnyRecurrent::Result AnyRecurrent::operator()(const Tensor& x, const std::vector<int64_t>& lengths,
                                              const Tensors& first) const {
  const auto step = [this](const Tensor& in, const Tensors& states, const RecurrentWeights& w,
                           const RecurrentOptions& o) {
    if (kind == RecurrentKind::lstm)
      return (w.hr.defined() ? projected_lstm : lstm)(in, states[0], states[1], w, o);
    if (kind == RecurrentKind::gru) return gru(in, states[0], w, o);
    return rnn(in, states[0], w, o, options.nonlinearity);
  };
  Tensors states = first;
  states.resize(kind == RecurrentKind::lstm ? 2 : 1);
  Tensors out = run(step, x, lengths, states);
  Result r{.output = out[0], .state = {out[1]}};
  if (kind == RecurrentKind::lstm) r.state.push_back(out[2]);
  return r;
}

AnyRecurrent AnyRecurrent::clone() const {
  Generator unused;
  return cloned(AnyRecurrent(kind, options, unused), *this);
}

RecurrentCell::RecurrentCell(const char* name, int64_t gates, const CellOptions& o, Generator& gen)
    : options(o) {
  check_sizes(name, o.input_size, o.hidden_size);
  weights = fresh_weights(gates, o.input_size, o.hidden_size, o.bias, gen);
}

void RecurrentCell::visit(Visitor& v) { visit_weights(v, weights, ""); }

RNNCell::RNNCell(const CellOptions& o, Generator& gen) : RecurrentCell("RNNCell", 1, o, gen) {}
GRUCell::GRUCell(const CellOptions& o, Generator& gen) : RecurrentCell("GRUCell", 3, o, gen) {}
LSTMCell::LSTMCell(const CellOptions& o, Generator& gen) : RecurrentCell("LSTMCell", 4, o, gen) {}

Tensor RNNCell::operator()(const Tensor& x, const Tensor& h) const {
  return rnn(unsqueeze(x, 1), h, weights, {}, options.nonlinearity)[1];
}
Tensor GRUCell::operator()(const Tensor& x, const Tensor& h) const {
  return gru(unsqueeze(x, 1), h, weights)[1];
}
LSTMCell::State LSTMCell::operator()(const Tensor& x, const State& before) const {
  const Tensors out = lstm(unsqueeze(x, 1), before.h, before.c, weights);
  return {out[1], out[2]};
}

}  // namespace gradus
