// SPDX-License-Identifier: MIT
// Recurrent layers: gradients by parameter name, keys, lengths, directions, cells.
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/nn/recurrent.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_recurrent_test {

// All results of a layer.
Tensors all_of(const RecurrentResult& r) { return {r.output, r.h_n}; }
Tensors all_of(const LstmResult& r) { return {r.output, r.h_n, r.c_n}; }

constexpr RecurrentLayerOptions two_ways{
    .input_size = 3, .hidden_size = 4, .num_layers = 2, .bidirectional = true};

template <class M> void check_gradients(const RecurrentLayerOptions& options) {
  M module(options);
  const std::vector<int64_t> lengths = {4, 0, 2};
  const GradcheckReport report = gradcheck(
      module, [&](Inputs in) { return all_of(module(in[0], lengths)); }, {input({3, 4, 3})});
  INFO(report.str());
  CHECK(report.verdict == Verdict::pass);
}

// More padding, padding with other values, and each sequence alone.
template <class M> void check_lengths(M module) {
  module.to(DType::f64);
  const std::vector<int64_t> lengths = {5, 2, 3};
  Tensor x = input({3, 5, 3});
  const Tensors plain = all_of(module(x, lengths));
  Tensor longer = input({3, 9, 3}, 7);
  longer.with_layout(longer.layout().sliced(1, 0, 5, 1)).copy_(x);
  const Tensors padded = all_of(module(longer, lengths));
  check_equal(narrow(padded[0], 1, 0, 5), plain[0]);
  for (double v : narrow(padded[0], 1, 5, 4).template to_vector<double>()) CHECK(v == 0);
  for (size_t k = 1; k < plain.size(); ++k) check_equal(padded[k], plain[k]);
  for (int64_t b = 0; b < 3; ++b) {
    const int64_t n = lengths[static_cast<size_t>(b)];
    const Tensors alone = all_of(module(narrow(narrow(x, 0, b, 1), 1, 0, n)));
    check_equal(alone[0], narrow(narrow(plain[0], 0, b, 1), 1, 0, n));
    for (size_t k = 1; k < plain.size(); ++k) check_equal(alone[k], narrow(plain[k], 1, b, 1));
  }
  x.requires_grad_();
  const Tensor y = module(x, lengths).output;
  const std::vector<double> g = grad(y, x, input(y.shape(), 3)).template to_vector<double>();
  for (size_t b = 0; b < 3; ++b)
    for (size_t t = 0; t < 5; ++t) {
      const bool zero = g[(b * 5 + t) * 3] == 0;
      CHECK(zero == (static_cast<int64_t>(t) >= lengths[b]));
    }
}

TEST_CASE("gradients of recurrent layers in both directions with lengths", "[nn][gradcheck]") {
  check_gradients<RNN>(two_ways);
  check_gradients<GRU>(two_ways);
  check_gradients<LSTM>(two_ways);
  check_gradients<GRU>({.input_size = 3, .hidden_size = 2, .bias = false});
}

TEST_CASE("gradients of cells and of initial states", "[nn][gradcheck]") {
  GRUCell gru({.input_size = 3, .hidden_size = 4});
  CHECK(gradcheck(gru, {input({2, 3}), input({2, 4}, 2)}).verdict == Verdict::pass);
  RNNCell rnn({.input_size = 3, .hidden_size = 4});
  CHECK(gradcheck(rnn, {input({2, 3}), input({2, 4}, 2)}).verdict == Verdict::pass);
  LSTMCell lstm({.input_size = 3, .hidden_size = 4});
  const auto step = [&](Inputs in) {
    const auto [h, c] = lstm(in[0], {in[1], in[2]});
    return Tensors{h, c};
  };
  CHECK(gradcheck(lstm, step, {input({2, 3}), input({2, 4}, 2), input({2, 4}, 3)}).verdict ==
        Verdict::pass);
  LSTM layer(two_ways);
  const auto from = [&](Inputs in) { return all_of(layer(in[0], {}, in[1], in[2])); };
  CHECK(gradcheck(layer, from, {input({2, 3, 3}), input({4, 2, 4}), input({4, 2, 4}, 5)}).verdict ==
        Verdict::pass);
}

TEST_CASE("keys and first values of recurrent layers are PyTorch's", "[nn]") {
  CHECK(keys(GRU(two_ways)) ==
        "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0 "
        "weight_ih_l0_reverse weight_hh_l0_reverse bias_ih_l0_reverse bias_hh_l0_reverse "
        "weight_ih_l1 weight_hh_l1 bias_ih_l1 bias_hh_l1 "
        "weight_ih_l1_reverse weight_hh_l1_reverse bias_ih_l1_reverse bias_hh_l1_reverse ");
  LSTM layer({.input_size = 3, .hidden_size = 16});
  CHECK(layer.named_parameters()[0].tensor.shape() == Shape{64, 3});
  for (const Tensor& p : layer.parameters())
    for (double v : p.to_vector<double>()) CHECK(std::abs(v) <= 0.25);
  CHECK(keys(LSTMCell({.input_size = 2, .hidden_size = 3, .bias = false})) ==
        "weight_ih weight_hh ");
  CHECK(has(message_of([] { GRU({.input_size = 2}); }), "hidden_size 0"));
  const GRU gru(two_ways);
  CHECK(has(message_of([&] { gru(zeros({2, 3, 3}), {}, zeros({2, 2, 4})); }), "must be [4, B, 4]"));
  CHECK(has(message_of([&] { gru(zeros({2, 3, 3}), {4, 1}); }), "length 4 of sequence 0"));
}

TEST_CASE("with lengths padding changes no output or state or gradient", "[nn]") {
  check_lengths(RNN(two_ways));
  check_lengths(GRU(two_ways));
  check_lengths(LSTM(two_ways));
  check_lengths(RNN({.input_size = 3, .hidden_size = 4, .nonlinearity = RnnNonlinearity::relu}));
}

TEST_CASE("cells step by step equal the layer; time first equals batch first transposed", "[nn]") {
  LSTM layer({.input_size = 3, .hidden_size = 4});
  LSTMCell cell({.input_size = 3, .hidden_size = 4});
  layer.to(DType::f64);
  cell.to(DType::f64);
  StateDict state;
  for (const auto& [name, x] : layer.state_dict()) state[name.substr(0, name.size() - 3)] = x;
  cell.load_state_dict(state);
  const Tensor x = input({2, 5, 3});
  const LstmResult whole = layer(x);
  LSTMCell::State s;
  for (int64_t t = 0; t < 5; ++t) {
    s = cell(select(x, 1, t), s);
    check_equal(select(whole.output, 1, t), s.h);
  }
  check_equal(select(whole.c_n, 0, 0), s.c);

  RecurrentLayerOptions other = two_ways;
  other.batch_first = false;
  GRU one(two_ways), two(other);
  one.to(DType::f64);
  two.to(DType::f64);
  two.load_state_dict(one.state_dict());
  const RecurrentResult a = one(x, {5, 3}), b = two(transpose(x, 0, 1), {5, 3});
  check_equal(a.output, transpose(b.output, 0, 1));
  check_equal(a.h_n, b.h_n);
}

TEST_CASE("dropout between layers only in train mode; clones share nothing", "[nn]") {
  RecurrentLayerOptions options = two_ways;
  options.dropout = 0.5;
  GRU gru(options);
  const Tensor x = input({2, 4, 3}).to(DType::f32);
  manual_seed(1);
  const Tensor noisy = gru(x).output;
  manual_seed(1);
  CHECK(identical(noisy, gru(x).output));
  CHECK(!identical(noisy, gru(x).output));
  gru.eval();
  const Tensor quiet = gru(x).output;
  CHECK(identical(quiet, gru.clone()(x).output));
  CHECK(!identical(quiet, noisy));
  CHECK(gru(zeros({0, 4, 3})).output.shape() == Shape{0, 4, 8});
  CHECK(gru(zeros({2, 0, 3})).h_n.shape() == Shape{4, 2, 4});
}

}  // namespace nn_recurrent_test
