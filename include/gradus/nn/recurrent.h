// SPDX-License-Identifier: MIT
// Recurrent layers in stacks and in both directions, and their cells. Arguments, order of the
// gates, keys and results are those of torch.nn with batch_first = true; lengths take the place of
// packed sequences. Formulas: ops/recurrent.h.
// Next: nn/relaxed.h
#pragma once
#include "gradus/nn/module.h"
#include "gradus/ops/recurrent.h"

namespace gradus {

struct RecurrentLayerOptions {
  int64_t input_size = 0, hidden_size = 0, num_layers = 1;
  bool bias = true;
  bool batch_first = true;  // torch.nn's default is false
  double dropout = 0;       // in train mode, on the output of each layer but the last
  bool bidirectional = false;
  RnnNonlinearity nonlinearity = RnnNonlinearity::tanh;  // of RNN alone
  int64_t proj_size = 0;  // of LSTM alone, if not 0: h_t = W_hr (o_t tanh(c_t)), of this width
};

/// What an RNN or a GRU gives: output [B, T, D H] of the last layer, D the number of directions,
/// and the last state of each layer and direction, h_n [L D, B, H]; with lengths, the state after
/// the real end, and 0 as output behind it.
struct RecurrentResult {
  Tensor output, h_n;
};
struct LstmResult {
  Tensor output, h_n, c_n;
};

/// What RNN, GRU and LSTM share: the weights. All first values are uniform in +-1/sqrt(H).
/// Keys, k from 0: weight_ih_lk [G H, I], weight_hh_lk [G H, H], bias_ih_lk, bias_hh_lk [G H], and
/// the same with "_reverse"; G is 1, 3 (r, z, n) or 4 (i, f, g, o); I of layer k > 0 is D H. With
/// proj_size P also weight_hr_lk [P, H], and P is the width of h in all other places (Sak, Senior,
/// Beaufays 2014); it runs step by step.
class RecurrentLayers : public Module {
 public:
  void visit(Visitor& v) override;
  RecurrentLayerOptions options;

 protected:
  RecurrentLayers(const char* name, int64_t gates, const RecurrentLayerOptions& options,
                  Generator& gen);
  using Step = std::function<Tensors(const Tensor& x, const Tensors& states,
                                     const RecurrentWeights& w, const RecurrentOptions& o)>;
  /// All layers and directions: output and the last states of each kind, [L D, B, H]. `first`
  /// holds the first states, [L D, B, H], or undefined ones for zeros.
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
  RecurrentResult operator()(const Tensor& x, const std::vector<int64_t>& lengths = {},
                             const Tensor& h0 = {}) const;
  RNN clone() const;
};
struct GRU : RecurrentLayers {
  explicit GRU(const RecurrentLayerOptions& options, Generator& gen = default_generator());
  RecurrentResult operator()(const Tensor& x, const std::vector<int64_t>& lengths = {},
                             const Tensor& h0 = {}) const;
  GRU clone() const;
};
struct LSTM : RecurrentLayers {
  explicit LSTM(const RecurrentLayerOptions& options, Generator& gen = default_generator());
  LstmResult operator()(const Tensor& x, const std::vector<int64_t>& lengths = {},
                        const Tensor& h0 = {}, const Tensor& c0 = {}) const;
  LSTM clone() const;
};

enum class RecurrentKind { rnn, gru, lstm };
const char* name(RecurrentKind kind);

/// One of the three, chosen at run time; keys as theirs.
struct AnyRecurrent : RecurrentLayers {
  AnyRecurrent(RecurrentKind kind, const RecurrentLayerOptions& options,
               Generator& gen = default_generator());
  struct Result {
    Tensor output;
    Tensors state;  // h_n; of an LSTM also c_n
  };
  /// `first` as `state`; {} for zeros.
  Result operator()(const Tensor& x, const std::vector<int64_t>& lengths = {},
                    const Tensors& first = {}) const;
  AnyRecurrent clone() const;
  RecurrentKind kind;
};

struct CellOptions {
  int64_t input_size = 0, hidden_size = 0;
  bool bias = true;
  RnnNonlinearity nonlinearity = RnnNonlinearity::tanh;  // of RNNCell alone
};

/// One step. Keys: weight_ih, weight_hh, bias_ih, bias_hh.
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
  RNNCell clone() const;
};
struct GRUCell : RecurrentCell {
  explicit GRUCell(const CellOptions& options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& x, const Tensor& h = {}) const;
  GRUCell clone() const;
};
/// x: [B, I], h and c: [B, H] or undefined for zeros -> the new h and c.
struct LSTMCell : RecurrentCell {
  struct State {
    Tensor h, c;
  };
  explicit LSTMCell(const CellOptions& options, Generator& gen = default_generator());
  State operator()(const Tensor& x, const State& before = {}) const;
  LSTMCell clone() const;
};

}  // namespace gradus
