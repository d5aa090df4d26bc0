// SPDX-License-Identifier: MIT
// Stacked and bidirectional recurrent layers, and their cells. Arguments, gate order, keys and
// results are those of torch.nn with batch_first = true; lengths replace packed sequences.
// Formulas: ops/recurrent.h.
// Next: nn/relaxed.h
#pragma once
#include "gradus/nn/module.h"
#include "gradus/ops/recurrent.h"

namespace gradus {

struct RecurrentLayerOptions {
  int64_t input_size = 0, hidden_size = 0, num_layers = 1;
  bool bias = true;
  bool batch_first = true;  // torch.nn's default is false
  double dropout = 0;       // in train mode, on the output of each layer except the last
  bool bidirectional = false;
  RnnNonlinearity nonlinearity = RnnNonlinearity::tanh;  // RNN only
  int64_t proj_size = 0;  // LSTM only; if not 0, h_t = W_hr (o_t tanh(c_t)), of this width
};

/// The result of an RNN or a GRU: output [B, T, D H] of the last layer, D the number of directions,
/// and the last state of each layer and direction, h_n [L D, B, H]. With lengths, h_n is the state
/// after the last real step, and later outputs are 0.
struct RecurrentResult {
  Tensor output, h_n;
};
struct LstmResult {
  Tensor output, h_n, c_n;
};

/// Base of RNN, GRU and LSTM: the weights. All initial values are uniform in +-1/sqrt(H).
/// Keys, k from 0: weight_ih_lk [G H, I], weight_hh_lk [G H, H], bias_ih_lk, bias_hh_lk [G H], and
/// the same with "_reverse"; G is 1, 3 (r, z, n) or 4 (i, f, g, o); I of layer k > 0 is D H. With
/// proj_size P there is also weight_hr_lk [P, H], and h has width P everywhere else (Sak, Senior,
/// Beaufays 2014); that variant runs step by step.
class RecurrentLayers : public Module {
 public:
  void visit(Visitor& v) override;
  RecurrentLayerOptions options;

 protected:
  RecurrentLayers(const char* name, int64_t gates, const RecurrentLayerOptions& options,
                  Generator& gen);
  using Step = std::function<Tensors(const Tensor& x, const Tensors& states,
                                     const RecurrentWeights& w, const RecurrentOptions& o)>;
  /// Runs all layers and directions: returns output and the last states of each kind, [L D, B, H].
  /// `first` contains the initial states, [L D, B, H], or undefined ones for zeros.
  Tensors run(const Step& step, const Tensor& x, const std::vector<int64_t>& lengths,
              const Tensors& first) const;

 private:
  int64_t directions() const { return options.bidirectional ? 2 : 1; }
  int64_t width() const { return options.proj_size ? options.proj_size : options.hidden_size; }
  const char* name_;
  std::vector<RecurrentWeights> weights_;  // layer by layer, the reverse direction second
};

/// x: [B, T, I], h0: [L D, B, H] or undefined for zeros.
struct RNN : RecurrentLayers {
  explicit RNN(const RecurrentLayerOptions& options, Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> RNN(N...);
  RecurrentResult operator()(const Tensor& x, const std::vector<int64_t>& lengths = {},
                             const Tensor& h0 = {}) const;
  RNN clone() const { return cloned(*this); }
};
struct GRU : RecurrentLayers {
  explicit GRU(const RecurrentLayerOptions& options, Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> GRU(N...);
  RecurrentResult operator()(const Tensor& x, const std::vector<int64_t>& lengths = {},
                             const Tensor& h0 = {}) const;
  GRU clone() const { return cloned(*this); }
};
struct LSTM : RecurrentLayers {
  explicit LSTM(const RecurrentLayerOptions& options, Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> LSTM(N...);
  LstmResult operator()(const Tensor& x, const std::vector<int64_t>& lengths = {},
                        const Tensor& h0 = {}, const Tensor& c0 = {}) const;
  LSTM clone() const { return cloned(*this); }
};

enum class RecurrentKind { rnn, gru, lstm };
const char* name(RecurrentKind kind);

/// One of the three, chosen at run time, with the same keys.
struct AnyRecurrent : RecurrentLayers {
  AnyRecurrent(RecurrentKind kind, const RecurrentLayerOptions& options,
               Generator& gen = default_generator());
  struct Result {
    Tensor output;
    Tensors state;  // h_n; of an LSTM also c_n
  };
  /// `first`: initial states in the order of Result::state; {} for zeros.
  Result operator()(const Tensor& x, const std::vector<int64_t>& lengths = {},
                    const Tensors& first = {}) const;
  AnyRecurrent clone() const;
  RecurrentKind kind;
};

struct CellOptions {
  int64_t input_size = 0, hidden_size = 0;
  bool bias = true;
  RnnNonlinearity nonlinearity = RnnNonlinearity::tanh;  // RNNCell only
};

/// A single step. Keys: weight_ih, weight_hh, bias_ih, bias_hh.
struct RecurrentCell : Module {
  void visit(Visitor& v) override;
  CellOptions options;
  RecurrentWeights weights;

 protected:
  RecurrentCell(const char* name, int64_t gates, const CellOptions& options, Generator& gen);
};

/// x: [B, I], h: [B, H] or undefined for zeros -> the new h.
struct RNNCell : RecurrentCell {
  explicit RNNCell(const CellOptions& options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& x, const Tensor& h = {}) const;
  RNNCell clone() const { return cloned(*this); }
};
struct GRUCell : RecurrentCell {
  explicit GRUCell(const CellOptions& options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& x, const Tensor& h = {}) const;
  GRUCell clone() const { return cloned(*this); }
};
/// x: [B, I], h and c: [B, H] or undefined for zeros -> the new h and c.
struct LSTMCell : RecurrentCell {
  struct State {
    Tensor h, c;
  };
  explicit LSTMCell(const CellOptions& options, Generator& gen = default_generator());
  State operator()(const Tensor& x, const State& before = {}) const;
  LSTMCell clone() const { return cloned(*this); }
};

}  // namespace gradus
