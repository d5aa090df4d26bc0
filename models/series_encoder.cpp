// SPDX-License-Identifier: MIT
// Encoders of series, one for each kind of model.
#include "models/series_encoder.h"

#include <algorithm>
#include <cmath>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

RecurrentKind kind_of(SeriesModel m) {
  return m == SeriesModel::rnn    ? RecurrentKind::rnn
         : m == SeriesModel::lstm ? RecurrentKind::lstm
                                  : RecurrentKind::gru;
}

}  // namespace

int64_t embedding_width(int64_t categories) {
  return std::clamp<int64_t>(std::lround(std::sqrt(static_cast<double>(categories))), 4, 32);
}

int64_t read_width(const SeriesEncoderOptions& o) {
  int64_t width = o.features;
  for (int64_t n : o.embedded) width += embedding_width(n) - 1;
  return width;
}

int64_t tcn_layers(int64_t steps) {
  int64_t layers = 1;
  while (1 + 4 * ((int64_t{1} << layers) - 1) < steps) ++layers;
  return layers;
}

SeriesEncoder::SeriesEncoder(SeriesEncoderOptions o, Generator& gen)
    : options(o), dropout(o.dropout) {
  if (!is_network(o.model)) return;
  if (o.layers < 1 && o.model != SeriesModel::transformer && o.model != SeriesModel::mlp)
    argument_error({"SeriesEncoder: layers is ", o.layers, "; expected 1 or more"});
  if (o.bidirectional && (!recurrent() || o.causal || o.d_model % 2 != 0))
    argument_error(
        {"SeriesEncoder: bidirectional needs a recurrent model that is not causal, and an "
         "even width; d_model is ",
         o.d_model});
  for (int64_t n : o.embedded)
    categories.emplace_back(EmbeddingOptions{n + 1, embedding_width(n), 0}, gen);
  const int64_t width = read_width(o);
  if (recurrent()) {
    rnn.emplace(kind_of(o.model),
                RecurrentLayerOptions{.input_size = width,
                                      .hidden_size = o.d_model / (o.bidirectional ? 2 : 1),
                                      .num_layers = o.layers,
                                      .dropout = o.dropout,
                                      .bidirectional = o.bidirectional},
                gen);
  } else if (o.model == SeriesModel::tcn) {
    const std::vector<int64_t> channels(static_cast<size_t>(o.layers), o.d_model);
    tcn.emplace(TCNOptions{width, channels, 3, o.dropout}, gen);
  } else {
    projection.emplace(LinearOptions{width, o.d_model}, gen);
    if (o.model == SeriesModel::transformer) make_transformer(gen);
    else
      mlp.emplace(FeedForwardOptions{o.d_model, o.dim_feedforward, o.dropout, Activation::gelu},
                  gen);
  }
}

void SeriesEncoder::make_transformer(Generator& gen) {
  const SeriesEncoderOptions& o = options;
  if (o.input_norm) norm.emplace(LayerNormOptions{.normalized_shape = {o.d_model}});
  if (o.position == SeriesPosition::learned)
    learned.emplace(PositionOptions{o.d_model, o.max_len}, gen);
  if (o.position == SeriesPosition::learned_time) learned_time.emplace(o.d_model);
  encoder.emplace(TransformerStackOptions{.layer = {.d_model = o.d_model,
                                                    .nhead = o.nhead,
                                                    .dim_feedforward = o.dim_feedforward,
                                                    .dropout = o.dropout,
                                                    .activation = o.activation,
                                                    .norm_first = o.norm_first},
                                          .num_layers = o.layers,
                                          .norm = o.norm_first},
                  gen);
}

void SeriesEncoder::visit(Visitor& v) {
  const auto part = [&](const char* name, auto& module) {
    if (module) v(name, *module);
  };
  v("categories", categories);
  part("projection", projection);
  part("norm", norm);
  v("dropout", dropout);
  part("position", learned);
  part("position", learned_time);
  part("encoder", encoder);
  part("rnn", rnn);
  part("tcn", tcn);
  part("mlp", mlp);
}

SeriesEncoder SeriesEncoder::clone() const {
  Generator unused;
  return cloned(SeriesEncoder(options, unused), *this);
}

Tensor SeriesEncoder::transformed(const Tensor& values, const Tensor& times,
                                  const std::vector<int64_t>& lengths) const {
  Tensor x = (*projection)(values);
  if (norm) x = (*norm)(x);
  if (learned) x = (*learned)(x);
  if (learned_time) x = add(x, (*learned_time)(times));
  if (options.position == SeriesPosition::time)
    x = add(x, sinusoidal(times, options.d_model).to(x.dtype()));
  if (options.position == SeriesPosition::step)
    x = add(x, sinusoidal(x.size(1), options.d_model).to(x.dtype()));
  Mask mask = Mask::padding(lengths);
  if (options.causal) mask = mask & Mask::causal();
  return (*encoder)(dropout(x), mask);
}

Tensor SeriesEncoder::read(const Tensor& values) const {
  if (values.dim() != 3 || values.size(2) != options.features)
    argument_error(
        {"SeriesEncoder: values ", values.shape(), "; expected [B, T, ", options.features, "]"});
  const auto coded = static_cast<int64_t>(categories.size());
  if (coded == 0) return values;
  const int64_t plain = options.features - coded;
  std::vector<Tensor> parts = {narrow(values, 2, 0, plain)};
  for (int64_t i = 0; i < coded; ++i) {
    const Tensor code = narrow(values, 2, plain + i, 1), fixed = code.detach();
    const Tensor vector = categories[static_cast<size_t>(i)](select(fixed, 2, 0).to(DType::i64));
    // A factor of 1 that passes the gradient on to the column.
    parts.push_back(code.requires_grad() ? mul(vector, div(code, clamp(fixed, 1))) : vector);
  }
  return cat(parts, -1);
}

Tensor SeriesEncoder::operator()(const Tensor& values, const Tensor& times,
                                 const std::vector<int64_t>& lengths) const {
  const Tensor x = read(values);
  if (times.dim() != 2 || times.size(0) != x.size(0) || times.size(1) != x.size(1) ||
      static_cast<int64_t>(lengths.size()) != x.size(0))
    argument_error({"SeriesEncoder: values ", values.shape(), ", times ", times.shape(), " and ",
                    lengths.size(), " lengths; expected [B, T, F], [B, T] and B"});
  if (!is_network(options.model))
    argument_error(
        {"SeriesEncoder: logistic and majority models have no step vectors; expected a network"});
  if (rnn) return (*rnn)(x, lengths).output;
  if (tcn) return (*tcn)(x);
  if (mlp) return (*mlp)(dropout((*projection)(x)));
  return transformed(x, times, lengths);
}

}  // namespace gradus
