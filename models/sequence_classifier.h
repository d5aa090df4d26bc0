// SPDX-License-Identifier: MIT
// A classifier of series of measurements.
// Next: models/tasks/sequence_task.h
#pragma once
#include "models/series_encoder.h"

namespace gradus {

/// How the vectors of the steps become one: their mean, the last one, or a weighted mean with
/// learned weights (softmax of a linear score).
enum class Pooling { mean, last, attention };

struct SequenceClassifierOptions {
  SeriesEncoderOptions encoder{};
  int64_t classes = 0;
  Pooling pooling = Pooling::mean;
  bool summary = false;    // networks: add the logits of a linear layer on the summary
  int64_t categories = 0;  // columns after the numbers that hold 0 or 1, for the summary
  bool wide_head = false;  // LayerNorm, Linear to d_model / 2, GELU, dropout, Linear; else Linear
};

/// The columns of a batch in order: numbers, 0/1 indicators of categories, and category ids from 0
/// (none) to codes[i].
struct SummaryColumns {
  int64_t numbers = 0, categories = 0;
  std::vector<int64_t> codes{};
  int64_t width() const;  // of a summary
};
/// For each number the mean, deviation, minimum, maximum, first and last value over the steps
/// 0 .. lengths[b]-1; for each category the share of the steps in which it holds and whether it
/// holds at the last one; for each code the share of the steps of each category; finally
/// log(length + 1): values [B, T, F] -> [B, width()], differentiable except for codes. A series of
/// length 0 gives zeros.
Tensor series_summary(const Tensor& values, const std::vector<int64_t>& lengths,
                      const SummaryColumns& columns);

/// The columns of a batch of this model.
SummaryColumns summary_columns(const SequenceClassifierOptions& options);

/// Encoder, pooling over the valid steps, head; `logistic` is a linear layer
/// on the summary of a series, `majority` a bias only.
///   values: [B, T, F], times: [B, T] (a usual gap is about 1), lengths: B ->
///   logits [B, classes].
/// Steps from lengths[b] on do not change the result. A series of length 0
/// pools to zeros. Keys: those of the encoder, pooling.weight [1, d_model],
/// head.*, summary.* [classes, width].
struct SequenceClassifier : Module {
  explicit SequenceClassifier(SequenceClassifierOptions options,
                              Generator& gen = default_generator());
  Tensor operator()(const Tensor& values, const Tensor& times,
                    const std::vector<int64_t>& lengths) const;
  /// The head at each step, without pooling and summary: [B, T, classes].
  /// Step t is independent of later steps only if the encoder is causal.
  Tensor each_step(const Tensor& values, const Tensor& times,
                   const std::vector<int64_t>& lengths) const;

  void visit(Visitor& v) override;
  SequenceClassifier clone() const;

  SequenceClassifierOptions options;
  SeriesEncoder encoder;
  std::optional<Linear> pooling, summary;
  std::optional<LayerNorm> head_norm;
  std::optional<Linear> head_hidden;
  Linear head;
  Dropout head_dropout;

 private:
  Tensor pooled(const Tensor& x, const std::vector<int64_t>& lengths) const;
  Tensor logits(const Tensor& x) const;
};

/// The mean of x[b, 0 .. lengths[b]-1], or x[b, lengths[b]-1]; x: [B, T, C] -> [B, C]. Zeros for
/// length 0.
Tensor masked_mean(const Tensor& x, const std::vector<int64_t>& lengths);
Tensor last_valid(const Tensor& x, const std::vector<int64_t>& lengths);

}  // namespace gradus
