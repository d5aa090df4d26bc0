// SPDX-License-Identifier: MIT
// Classes of series: pooling and heads.
#include "models/sequence_classifier.h"

#include "gradus/nn/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

// Sums of steps with the weights weight(t, length), as one product of matrices.
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

}  // namespace

Tensor masked_mean(const Tensor& x, const std::vector<int64_t>& lengths) {
  return weighted("masked_mean", x, lengths,
                  [](int64_t, int64_t n) { return 1 / static_cast<double>(n); });
}

Tensor last_valid(const Tensor& x, const std::vector<int64_t>& lengths) {
  return weighted("last_valid", x, lengths,
                  [](int64_t t, int64_t n) { return t == n - 1 ? 1.0 : 0.0; });
}

double parameter_count(const SequenceClassifierOptions& o) {
  const auto c = static_cast<double>(o.encoder.d_model), classes = static_cast<double>(o.classes);
  const double half = static_cast<double>(o.encoder.d_model / 2);
  const double head =
      o.wide_head ? 2 * c + (c + 1) * half + (half + 1) * classes : (c + 1) * classes;
  return parameter_count(o.encoder) + head + (o.pooling == Pooling::attention ? c : 0);
}

SequenceClassifier::SequenceClassifier(SequenceClassifierOptions o, Generator& gen)
    : options(o),
      encoder(o.encoder, gen),
      head({o.wide_head ? o.encoder.d_model / 2 : o.encoder.d_model, o.classes}, gen),
      head_dropout(o.encoder.dropout) {
  const int64_t width = o.encoder.d_model;
  if (o.pooling == Pooling::attention) pooling.emplace(LinearOptions{width, 1, false}, gen);
  if (!o.wide_head) return;
  head_norm.emplace(LayerNormOptions{.normalized_shape = {width}});
  head_hidden.emplace(LinearOptions{width, width / 2}, gen);
}

void SequenceClassifier::visit(Visitor& v) {
  v("", encoder);
  if (pooling) v("pooling", *pooling);
  if (head_norm) v("head.norm", *head_norm), v("head.hidden", *head_hidden);
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
  return logits(pooled(encoder(values, times, lengths), lengths));
}

Tensor SequenceClassifier::each_step(const Tensor& values, const Tensor& times,
                                     const std::vector<int64_t>& lengths) const {
  return logits(encoder(values, times, lengths));
}

}  // namespace gradus
