// SPDX-License-Identifier: MIT
// Losses: compare a prediction x with a target, as one number or one per element or row.
// They never broadcast: if x and target do not have the shapes given below, the call throws and
// reports both. The mean over nothing (an empty batch, every target ignored) is 0 with gradient 0,
// never NaN. Gradients flow to x, and to float targets; class weights are constants, and a weight
// that requires a gradient is an error.
// Next: nn/module.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// none: no reduction. mean: the sum divided by the count (by the sum of the targets' weights if
/// there are class weights). batchmean: the sum divided by the size of axis 0; kl_div only.
enum class Reduction { none, mean, sum, batchmean };

struct CrossEntropy {
  Tensor weight{};              // [C], of each class; absent: 1
  int64_t ignore_index = -100;  // rows with this target are ignored; class targets only
  double label_smoothing = 0;   // 0..1: this share of each target is spread over all classes
  Reduction reduction = Reduction::mean;
};

/// The negative log-likelihood of the targets under softmax(x): fused log_softmax and nll_loss.
///   loss = sum_c w_c a_c (log(sum_j exp(x_j)) - x_c),  a_c = (1 - s) q_c + s / C
///   dx_c = softmax(x)_c sum_j w_j a_j - w_c a_c;  q: the target's probabilities, 1 at its class;
///   for class targets, w is the target's weight in the term (1 - s) q_c and w_c in s / C, as in
///   PyTorch
/// x: [N, C], [C] or [N, C, d1, ...]; target: i64 classes, of x's shape without C, or
/// probabilities, of x's shape and dtype -> scalar, or target classes' shape for none. f32, f64.
/// Saves x, target and two numbers per row: neither forward nor backward stores probabilities.
/// mean divides by the sum of the targets' class weights, for probabilities by the number of rows.
/// Throws std::invalid_argument: shapes that do not match, a target that is neither a class nor
/// ignore_index (the message gives value, row and class count), label_smoothing outside 0..1.
/// Source: Szegedy et al. 2016, "Rethinking the Inception architecture" (smoothing), section 7.
Tensor cross_entropy(const Tensor& x, const Tensor& target, const CrossEntropy& options = {});

/// The same for log-probabilities x, as returned by log_softmax.
///   loss = -w_t x_t;  dx_t = -w_t, 0 for the other classes
Tensor nll_loss(const Tensor& x, const Tensor& target, const Tensor& weight = {},
                int64_t ignore_index = -100, Reduction reduction = Reduction::mean);

/// The number of class targets other than ignore_index; if 0, the loss is exactly 0.
int64_t count_targets(const Tensor& target, int64_t ignore_index = -100);

struct BinaryCrossEntropy {
  Tensor weight{}, pos_weight{};  // w per element, p of target 1; broadcast to x; absent: 1
  Reduction reduction = Reduction::mean;
};

/// Cross-entropy of sigmoid(x) and a probability t, stable for any magnitude of x.
///   loss = w (p t softplus(-x) + (1 - t) softplus(x)),  softplus(x) = log(1 + exp(x))
///   dx = w ((1 - t) sigmoid(x) - p t sigmoid(-x)),  dt = w (p softplus(-x) - softplus(x))
/// x, target: any shape -> scalar, or that shape for none; f32, f64. Saves x, target, weights.
Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                        const BinaryCrossEntropy& options = {});

/// Squared error: d^2 with d = x - target; dx = 2 d, dtarget = -dx, here and in the next three.
/// x, target: any shape -> scalar, or that shape for none; f32, f64. Saves x and target.
Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);

/// Absolute error: |d|; dx = sign(d), 0 at 0.
Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean);

/// d^2 / (2 beta) for |d| < beta, else |d| - beta / 2; dx = d / beta or sign(d).
/// beta >= 0; 0 is l1_loss. Source: Girshick 2015, "Fast R-CNN", equation 3 (beta = 1).
Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, double beta = 1,
                      Reduction reduction = Reduction::mean);

/// d^2 / 2 up to |d| = delta, delta (|d| - delta / 2) beyond; dx = d or delta sign(d). delta > 0.
/// Source: Huber 1964, "Robust estimation of a location parameter".
Tensor huber_loss(const Tensor& x, const Tensor& target, double delta = 1,
                  Reduction reduction = Reduction::mean);

struct KlDiv {
  bool log_target = false;                // target holds log-probabilities, too
  Reduction reduction = Reduction::mean;  // batchmean gives the divergence itself
};

/// Kullback-Leibler divergence of the target probabilities t from the log-probabilities x.
///   loss = t (log t - x), 0 at t = 0 for any number x; dx = -t, dt = log t + 1 - x, 0 at t = 0
///   with log_target: loss = exp(t) (t - x); dx = -exp(t), dt = exp(t) (t + 1 - x)
/// x, target: any shape -> scalar, or that shape for none; f32, f64. Saves x and target.
Tensor kl_div(const Tensor& x, const Tensor& target, const KlDiv& options = {});

}  // namespace gradus
