// SPDX-License-Identifier: MIT
// Recurrent layers over whole sequences: one direction of one layer. nn/recurrent.h stacks them.
// For all of them:
//   x: [B, T, I], or [T, B, I] unless batch_first -> output: the same with H, and the last states
//   h_n [B, H] (lstm: c_n too). h0, c0: [B, H], or undefined for zeros. f32, f64.
//   w.ih: [G H, I], w.hh: [G H, H], w.b_ih and w.b_hh: [G H] or undefined; G and the order of the
//   gates are torch.nn's: gru r, z, n; lstm i, f, g, o.
//   lengths: the sequences' real lengths, 0 to T; {} means all T. Steps after the end have output
//   0, keep the state and get no gradient. reverse runs from each sequence's end to its start.
//   Saves the gates after their activation. Backpropagation through time goes step by step, du the
//   gradient before the activation: dw.hh = sum of du h^T, dh = w.hh^T du + direct part.
//   They throw std::invalid_argument: shapes, dtypes or lengths that do not match.
// Next: ops/conv.h
#pragma once
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

struct RecurrentWeights {
  Tensor ih{}, hh{}, b_ih{}, b_hh{};
  Tensor hr{};  // of a projected LSTM (nn/recurrent.h); unused by the ops below
};
struct RecurrentOptions {
  std::vector<int64_t> lengths{};
  bool reverse = false;
  bool batch_first = true;
};
enum class RnnNonlinearity { tanh, relu };

/// h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh) -> {output, h_n}. Source: Elman 1990.
Tensors rnn(const Tensor& x, const Tensor& h0, const RecurrentWeights& w,
            const RecurrentOptions& options = {}, RnnNonlinearity f = RnnNonlinearity::tanh);
/// r, z = s(W x + b + U h + c), n = tanh(W_n x + b_n + r (U_n h + c_n)), h_t = (1 - z) n + z h
///   -> {output, h_n}; s is the sigmoid. Source: Cho et al. 2014, in torch.nn's form.
Tensors gru(const Tensor& x, const Tensor& h0, const RecurrentWeights& w,
            const RecurrentOptions& options = {});
/// i, f, o = s(W x + b + U h + c), g = tanh(...), c_t = f c + i g, h_t = o tanh(c_t)
///   -> {output, h_n, c_n}. Source: Hochreiter, Schmidhuber 1997; Gers et al. 2000.
Tensors lstm(const Tensor& x, const Tensor& h0, const Tensor& c0, const RecurrentWeights& w,
             const RecurrentOptions& options = {});

}  // namespace gradus
