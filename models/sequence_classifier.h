// SPDX-License-Identifier: MIT
// Transformer encoder that puts a series of measurements into one of several classes.
// Next: models/copy_task.h
#pragma once
#include "gradus/nn/transformer.h"

namespace gradus {

struct SequenceClassifierOptions {
  int64_t features = 0, classes = 0;
  int64_t d_model = 64, nhead = 4, layers = 2, dim_feedforward = 128;
  double dropout = 0.1;
  bool norm_first = true;
  Activation activation = Activation::gelu;
};

/// What count() of the model will be; a double, since it is asked before anything is allocated.
double parameter_count(const SequenceClassifierOptions& options);

/// Linear projection plus the sinusoidal code of real times; encoder; mean over the valid steps;
/// linear layer to logits.
///   values: [B, T, F], times: [B, T] (any unit in which a usual gap is about 1), lengths: B
///   -> logits [B, classes].  Steps from lengths[b] on change no result.
/// A series of length 0 pools to zeros.
/// Keys: projection.*, encoder.*, head.*.
struct SequenceClassifier : Module {
  explicit SequenceClassifier(SequenceClassifierOptions options,
                              Generator& gen = default_generator());
  Tensor operator()(const Tensor& values, const Tensor& times,
                    const std::vector<int64_t>& lengths) const;

  void visit(Visitor& v) override;
  SequenceClassifier clone() const;

  SequenceClassifierOptions options;
  Linear projection;
  Dropout dropout;
  TransformerEncoder encoder;
  Linear head;
};

/// The mean of x[b, 0 .. lengths[b]-1]; x: [B, T, C] -> [B, C]. Zeros for length 0.
Tensor masked_mean(const Tensor& x, const std::vector<int64_t>& lengths);

}  // namespace gradus
