// SPDX-License-Identifier: MIT
// Transformer encoder for classes of series.
#include "models/sequence_classifier.h"

#include "gradus/nn/position.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"

namespace gradus {

Tensor masked_mean(const Tensor& x, const std::vector<int64_t>& lengths) {
  if (x.dim() != 3 || static_cast<int64_t>(lengths.size()) != x.size(0))
    argument_error({"masked_mean: x ", x.shape(), " and ", lengths.size(),
                    " lengths; expected [B, T, C] and B"});
  for (int64_t n : lengths)
    if (n < 0 || n > x.size(1))
      argument_error({"masked_mean: a length is ", n, "; x has ", x.size(1), " steps"});
  Tensor share = zeros({x.size(0), 1, x.size(1)}, DType::f64);
  double* out = share.mutable_data<double>();
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t n = lengths[static_cast<size_t>(b)], t = 0; t < n; ++t)
      out[b * x.size(1) + t] = 1 / static_cast<double>(n);
  return squeeze(matmul(share.to(x.dtype()), x), 1);
}

double parameter_count(const SequenceClassifierOptions& o) {
  const auto c = static_cast<double>(o.d_model), f = static_cast<double>(o.dim_feedforward);
  const auto classes = static_cast<double>(o.classes);
  const double layer = 4 * c * c + 4 * c + 2 * c * f + f + c + 4 * c;
  return (static_cast<double>(o.features) + 1) * c + static_cast<double>(o.layers) * layer +
         (o.norm_first ? 2 * c : 0) + (c + 1) * classes;
}

SequenceClassifier::SequenceClassifier(SequenceClassifierOptions o, Generator& gen)
    : options(o),
      projection({o.features, o.d_model}, gen),
      dropout(o.dropout),
      encoder({.layer = {.d_model = o.d_model,
                         .nhead = o.nhead,
                         .dim_feedforward = o.dim_feedforward,
                         .dropout = o.dropout,
                         .activation = o.activation,
                         .norm_first = o.norm_first},
               .num_layers = o.layers,
               .norm = o.norm_first},
              gen),
      head({o.d_model, o.classes}, gen) {}

void SequenceClassifier::visit(Visitor& v) {
  v("projection", projection), v("dropout", dropout), v("encoder", encoder), v("head", head);
}

SequenceClassifier SequenceClassifier::clone() const {
  Generator unused;
  return cloned(SequenceClassifier(options, unused), *this);
}

Tensor SequenceClassifier::operator()(const Tensor& values, const Tensor& times,
                                      const std::vector<int64_t>& lengths) const {
  if (values.dim() != 3 || times.dim() != 2 || times.size(0) != values.size(0) ||
      times.size(1) != values.size(1) || static_cast<int64_t>(lengths.size()) != values.size(0))
    argument_error({"SequenceClassifier: values ", values.shape(), ", times ", times.shape(),
                    " and ", lengths.size(), " lengths; expected [B, T, F], [B, T] and B"});
  const Tensor code = sinusoidal(times, options.d_model).to(values.dtype());
  const Tensor x = dropout(projection(values) + code);
  return head(masked_mean(encoder(x, Mask::padding(lengths)), lengths));
}

}  // namespace gradus
