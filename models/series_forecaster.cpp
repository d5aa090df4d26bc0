// SPDX-License-Identifier: MIT
// Forecasts of the next step of series.
#include "models/series_forecaster.h"

#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"

namespace gradus {

double parameter_count(const SeriesForecasterOptions& o) {
  const auto c = static_cast<double>(o.encoder.d_model), out = static_cast<double>(o.outputs);
  return parameter_count(o.encoder) + out * (c + 1) + out * static_cast<double>(o.encoder.features);
}

SeriesForecaster::SeriesForecaster(SeriesForecasterOptions o, Generator& gen)
    : options(o),
      encoder(o.encoder, gen),
      head({o.encoder.d_model, o.outputs}, gen),
      skip({o.encoder.features, o.outputs, false}, gen) {
  const bool ahead = o.encoder.model == SeriesModel::transformer && !o.encoder.causal;
  if (ahead || o.encoder.bidirectional)
    argument_error({"SeriesForecaster: the encoder sees later steps; expected ",
                    ahead ? "causal = true" : "bidirectional = false"});
  zeros_(head.bias), zeros_(skip.weight);
}

void SeriesForecaster::visit(Visitor& v) { v("", encoder), v("head", head), v("skip", skip); }

SeriesForecaster SeriesForecaster::clone() const {
  Generator unused;
  return cloned(SeriesForecaster(options, unused), *this);
}

Tensor SeriesForecaster::operator()(const Tensor& values, const Tensor& times,
                                    const std::vector<int64_t>& lengths) const {
  return add(head(encoder(values, times, lengths)), skip(values));
}

}  // namespace gradus
