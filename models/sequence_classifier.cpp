// SPDX-License-Identifier: MIT
// Classifier of series: pooling, summaries and heads.
#include "models/sequence_classifier.h"

#include <cmath>
#include <numeric>

#include "gradus/nn/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

// Weighted sums over steps, with weights weight(t, length), as one matrix product.
template <class F>
Tensor weighted(const char* op, const Tensor& x, const std::vector<int64_t>& lengths, F weight) {
  if (x.dim() != 3 || static_cast<int64_t>(lengths.size()) != x.size(0))
    argument_error(
        {op, ": x ", x.shape(), " and ", lengths.size(), " lengths; expected [B, T, C] and B"});
  for (int64_t n : lengths)
    if (n < 0 || n > x.size(1))
      argument_error({op, ": a length is ", n, "; x has ", x.size(1), " steps"});
  Tensor share = zeros({x.size(0), 1, x.size(1)}, DType::f64);
  double* out = share.mutable_data<double>();
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t n = lengths[static_cast<size_t>(b)], t = 0; t < n; ++t)
      out[b * x.size(1) + t] = weight(t, n);
  return squeeze(matmul(share.to(x.dtype()), x), 1);
}

// 1 for steps t < length, else 0: [B, T].
Tensor steps_within(const std::vector<int64_t>& lengths, int64_t steps) {
  const auto count = static_cast<int64_t>(lengths.size());
  Tensor within = Tensor::empty({count, steps}, DType::boolean);
  bool* out = within.mutable_data<bool>();
  for (int64_t b = 0; b < count; ++b)
    for (int64_t t = 0; t < steps; ++t) out[b * steps + t] = t < lengths[static_cast<size_t>(b)];
  return within;
}

// The width of the head's input.
int64_t head_width(const SequenceClassifierOptions& o) {
  if (o.encoder.model == SeriesModel::logistic) return summary_columns(o).width();
  if (o.encoder.model == SeriesModel::majority) return 1;
  return o.wide_head ? o.encoder.d_model / 2 : o.encoder.d_model;
}

}  // namespace

Tensor masked_mean(const Tensor& x, const std::vector<int64_t>& lengths) {
  return weighted("masked_mean", x, lengths,
                  [](int64_t, int64_t n) { return 1 / static_cast<double>(n); });
}

Tensor last_valid(const Tensor& x, const std::vector<int64_t>& lengths) {
  return weighted("last_valid", x, lengths,
                  [](int64_t t, int64_t n) { return t == n - 1 ? 1.0 : 0.0; });
}

int64_t SummaryColumns::width() const {
  return 6 * numbers + 2 * categories + std::reduce(codes.begin(), codes.end()) + 1;
}

SummaryColumns summary_columns(const SequenceClassifierOptions& o) {
  const auto codes = static_cast<int64_t>(o.encoder.embedded.size());
  return {o.encoder.features - o.categories - codes, o.categories, o.encoder.embedded};
}

namespace {

// Summary of numeric columns x [B, T, N]: [B, 6 N].
Tensor summary_of_numbers(const Tensor& x, const std::vector<int64_t>& lengths) {
  const Tensor mean = masked_mean(x, lengths), first = select(x, 1, 0);
  const Tensor within = unsqueeze(steps_within(lengths, x.size(1)), 2);
  const Tensor off = sub(x, broadcast_to(unsqueeze(mean, 1), x.shape()));
  // The bound, below the resolution of f32, keeps the gradient finite for constant columns.
  const Tensor deviation = sqrt(clamp(masked_mean(mul(off, off), lengths), 1e-24));
  const Tensor known =
      where(broadcast_to(within, x.shape()), x, broadcast_to(unsqueeze(first, 1), x.shape()));
  return flatten(
      stack({mean, deviation, amin(known, {1}), amax(known, {1}), first, last_valid(x, lengths)},
            2),
      1);
}

// Summary of category ids x [B, T]: the share of the steps with each category, [B, kinds].
Tensor summary_of_codes(const Tensor& x, const std::vector<int64_t>& lengths, int64_t kinds) {
  Tensor shares = zeros({x.size(0), kinds}, DType::f64);
  const std::vector<double> codes = x.detach().to_vector<double>();
  const auto steps = static_cast<size_t>(x.size(1));
  for (size_t b = 0; b < lengths.size(); ++b)
    for (size_t t = 0; t < static_cast<size_t>(lengths[b]); ++t)
      if (const auto code = static_cast<int64_t>(codes[b * steps + t]); code > 0)
        shares.mutable_data<double>()[static_cast<int64_t>(b) * kinds + code - 1] +=
            1 / static_cast<double>(lengths[b]);
  return shares.to(x.dtype());
}

}  // namespace

Tensor series_summary(const Tensor& values, const std::vector<int64_t>& lengths,
                      const SummaryColumns& c) {
  std::vector<Tensor> parts;
  if (c.numbers > 0) parts.push_back(summary_of_numbers(narrow(values, 2, 0, c.numbers), lengths));
  if (c.categories > 0) {
    const Tensor x = narrow(values, 2, c.numbers, c.categories);
    parts.push_back(flatten(stack({masked_mean(x, lengths), last_valid(x, lengths)}, 2), 1));
  }
  for (size_t i = 0; i < c.codes.size(); ++i) {
    const int64_t column = c.numbers + c.categories + static_cast<int64_t>(i);
    parts.push_back(summary_of_codes(select(values, 2, column), lengths, c.codes[i]));
  }
  Tensor log_length = Tensor::empty({values.size(0), 1}, DType::f64);
  for (size_t b = 0; b < lengths.size(); ++b)
    log_length.mutable_data<double>()[b] = std::log(static_cast<double>(lengths[b]) + 1);
  parts.push_back(log_length.to(values.dtype()));
  return cat(parts, 1);
}

SequenceClassifier::SequenceClassifier(SequenceClassifierOptions o, Generator& gen)
    : options(o),
      encoder(o.encoder, gen),
      head({head_width(o), o.classes}, gen),
      head_dropout(o.encoder.dropout) {
  const int64_t width = o.encoder.d_model;
  if (!is_network(o.encoder.model)) return;
  if (o.summary) summary.emplace(LinearOptions{summary_columns(o).width(), o.classes}, gen);
  if (o.pooling == Pooling::attention) pooling.emplace(LinearOptions{width, 1, false}, gen);
  if (!o.wide_head) return;
  head_norm.emplace(LayerNormOptions{.normalized_shape = {width}});
  head_hidden.emplace(LinearOptions{width, width / 2}, gen);
}

void SequenceClassifier::visit(Visitor& v) {
  v("", encoder);
  if (pooling) v("pooling", *pooling);
  if (head_norm) {
    v("head.norm", *head_norm);
    v("head.hidden", *head_hidden);
  }
  if (summary) v("summary", *summary);
  v("head_dropout", head_dropout);
  v(head_norm ? "head.out" : "head", head);
}

SequenceClassifier SequenceClassifier::clone() const {
  Generator unused;
  return cloned(SequenceClassifier(options, unused), *this);
}

Tensor SequenceClassifier::pooled(const Tensor& x, const std::vector<int64_t>& lengths) const {
  if (options.pooling == Pooling::mean) return masked_mean(x, lengths);
  if (options.pooling == Pooling::last) return last_valid(x, lengths);
  const Tensor scores = transpose((*pooling)(x), 1, 2);  // [B, 1, T]
  const Tensor weights = masked_softmax(scores, Mask::padding(lengths));
  if (AttentionRecorder* recorder = AttentionRecorder::active())
    recorder->records.push_back({"pooling", unsqueeze(weights.detach(), 1)});
  return squeeze(matmul(weights, x), 1);
}

Tensor SequenceClassifier::logits(const Tensor& x) const {
  if (!head_norm) return head(x);
  return head(head_dropout((*head_hidden)((*head_norm)(x), Activation::gelu)));
}

Tensor SequenceClassifier::operator()(const Tensor& values, const Tensor& times,
                                      const std::vector<int64_t>& lengths) const {
  if (options.encoder.model == SeriesModel::logistic)
    return head(series_summary(values, lengths, summary_columns(options)));
  if (options.encoder.model == SeriesModel::majority)
    return head(zeros({values.size(0), 1}, values.dtype()));
  const Tensor own = logits(pooled(encoder(values, times, lengths), lengths));
  return summary ? add(own, (*summary)(series_summary(values, lengths, summary_columns(options))))
                 : own;
}

Tensor SequenceClassifier::each_step(const Tensor& values, const Tensor& times,
                                     const std::vector<int64_t>& lengths) const {
  return logits(encoder(values, times, lengths));
}

}  // namespace gradus
