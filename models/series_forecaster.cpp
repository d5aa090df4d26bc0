// SPDX-License-Identifier: MIT
// Forecaster of the next step of series.
#include "models/series_forecaster.h"

#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"

namespace gradus {

SeriesForecaster::SeriesForecaster(SeriesForecasterOptions o, Generator& gen)
    : options(o),
      encoder(o.encoder, gen),
      head({is_network(o.encoder.model) ? o.encoder.d_model : 1, o.outputs}, gen),
      skip({o.encoder.features, o.outputs, false}, gen) {
  const bool ahead = o.encoder.model == SeriesModel::transformer && !o.encoder.causal;
  if (ahead || o.encoder.bidirectional)
    argument_error({"SeriesForecaster: the encoder must not see later steps; expected ",
                    ahead ? "causal = true" : "bidirectional = false"});
  zeros_(head.bias);
  zeros_(skip.weight);
}

void SeriesForecaster::visit(Visitor& v) {
  if (is_network(options.encoder.model)) {
    v("", encoder);
    v("head", head);
  }
  v("skip", skip);
}

void SeriesForecaster::as_last_value() {
  Tensor same = zeros({options.outputs, options.encoder.features}, DType::f64);
  for (int64_t c = 0; c < options.outputs; ++c)
    same.mutable_data<double>()[c * options.encoder.features + c] = 1;
  skip.weight.detach().copy_(same.to(skip.weight.dtype()));
}

SeriesForecaster SeriesForecaster::clone() const {
  Generator unused;
  return cloned(SeriesForecaster(options, unused), *this);
}

Tensor SeriesForecaster::operator()(const Tensor& values, const Tensor& times,
                                    const std::vector<int64_t>& lengths) const {
  if (!is_network(options.encoder.model)) return skip(values);
  return add(head(encoder(values, times, lengths)), skip(values));
}

}  // namespace gradus
