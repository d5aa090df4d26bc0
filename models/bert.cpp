// SPDX-License-Identifier: MIT
// BERT: embeddings, layers, heads, initial values.
#include "models/bert.h"

#include <algorithm>
#include <cmath>

#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "models/sequence_classifier.h"

namespace gradus {
namespace {

TransformerLayerOptions layer_of(const BertOptions& o) {
  return {.d_model = o.d_model,
          .nhead = o.nhead,
          .dim_feedforward = o.feed_forward(),
          .dropout = o.dropout,
          .activation = o.activation,
          .layer_norm_eps = o.layer_norm_eps};
}

LayerNormOptions norm_of(const BertOptions& o) {
  return {.normalized_shape = {o.d_model}, .eps = o.layer_norm_eps};
}

BertOptions encoder_of(const TextClassifierOptions& o) {
  BertOptions bert = o.bert;
  bert.pooler = o.pooling == TextPooling::first;
  return bert;
}

// 0.02 at BERT's width of 768; narrower models need more for the same variance of sums.
double deviation(const BertOptions& o) {
  return 0.02 * std::sqrt(768.0 / static_cast<double>(std::max<int64_t>(o.d_model, 1)));
}

void first_values(Module& model, const BertOptions& o, Generator& gen) {
  for (const auto& [name, p] : model.named_parameters()) {
    if (p.dim() > 1) normal_(p, 0, deviation(o), gen);
    else if (name.ends_with("bias")) zeros_(p);
  }
}

}  // namespace

// ---- encoder

Bert::Bert(BertOptions o, Generator& gen)
    : options(o),
      word_embeddings({o.vocab, o.d_model}, gen),
      position_embeddings({o.d_model, o.block}, gen),
      norm(norm_of(o)),
      dropout(o.dropout) {
  if (o.segments > 0) token_type_embeddings.emplace(EmbeddingOptions{o.segments, o.d_model}, gen);
  for (int64_t i = 0; i < o.layers; ++i) layers.emplace_back(layer_of(o), gen);
  if (o.pooler) pooler.emplace(LinearOptions{o.d_model, o.d_model}, gen);
  first_values(*this, o, gen);
}

void Bert::visit(Visitor& v) {
  v("embeddings.word_embeddings", word_embeddings);
  v("embeddings.position_embeddings", position_embeddings);
  if (token_type_embeddings) v("embeddings.token_type_embeddings", *token_type_embeddings);
  v("embeddings.LayerNorm", norm);
  v("embeddings.dropout", dropout);
  v("encoder.layer", layers);
  if (pooler) v("pooler.dense", *pooler);
}

Bert Bert::clone() const {
  Generator unused;
  return cloned(Bert(options, unused), *this);
}

Tensor Bert::embed(const Tensor& ids, const Tensor& segments) const {
  if (ids.dim() != 2) argument_error({"Bert: ids ", ids.shape(), " must be [B, T]"});
  if (ids.size(1) > options.block)
    argument_error({"Bert: ", ids.size(1), " tokens; expected at most block = ", options.block});
  if (segments.defined() && !token_type_embeddings)
    argument_error({"Bert: the model has no segments; expected options.segments > 0"});
  Tensor x = position_embeddings(word_embeddings(ids));
  if (token_type_embeddings)
    x = segments.defined() ? add(x, (*token_type_embeddings)(segments))
                           : add(x, select(token_type_embeddings->weight, 0, 0));
  return dropout(norm(x));
}

Tensor Bert::operator()(const Tensor& ids, const std::vector<int64_t>& lengths,
                        const Tensor& segments) const {
  const Mask mask = lengths.empty() ? Mask() : Mask::padding(lengths);
  Tensor x = embed(ids, segments);
  for (const TransformerEncoderLayer& layer : layers) x = layer(x, mask);
  return x;
}

Tensor Bert::pooled(const Tensor& y) const {
  if (!pooler) argument_error({"Bert: pooled() needs a pooler; expected options.pooler = true"});
  return tanh((*pooler)(select(y, 1, 0)));
}

// ---- masked tokens

BertForMaskedLM::BertForMaskedLM(BertOptions o, Generator& gen)
    : bert(o, gen),
      dense({o.d_model, o.d_model}, gen),
      norm(norm_of(o)),
      bias(parameter({o.vocab})) {
  normal_(dense.weight, 0, deviation(o), gen);
  zeros_(dense.bias);
  zeros_(bias);
}

void BertForMaskedLM::visit(Visitor& v) {
  v("bert", bert);
  v("cls.predictions.bias", bias);
  v("cls.predictions.transform.dense", dense);
  v("cls.predictions.transform.LayerNorm", norm);
}

BertForMaskedLM BertForMaskedLM::clone() const {
  Generator unused;
  return cloned(BertForMaskedLM(bert.options, unused), *this);
}

Tensor BertForMaskedLM::predictions(const Tensor& y) const {
  return linear(norm(dense(y, bert.options.activation)), bert.word_embeddings.weight, bias);
}

Tensor BertForMaskedLM::operator()(const Tensor& ids, const std::vector<int64_t>& lengths) const {
  return predictions(bert(ids, lengths));
}

Tensor BertForMaskedLM::at_places(const Tensor& ids, const std::vector<int64_t>& lengths,
                                  const std::vector<int64_t>& places) const {
  return predictions(index_select(flatten(bert(ids, lengths), 0, 1), 0, places));
}

// ---- classes

TextClassifier::TextClassifier(TextClassifierOptions o, Generator& gen)
    : options(o),
      bert(encoder_of(o), gen),
      dropout(o.bert.dropout),
      classifier({o.bert.d_model, o.classes}, gen) {
  normal_(classifier.weight, 0, deviation(o.bert), gen);
  zeros_(classifier.bias);
}

void TextClassifier::visit(Visitor& v) {
  v("bert", bert);
  v("dropout", dropout);
  v("classifier", classifier);
}

TextClassifier TextClassifier::clone() const {
  Generator unused;
  return cloned(TextClassifier(options, unused), *this);
}

Tensor TextClassifier::operator()(const Tensor& ids, const std::vector<int64_t>& lengths) const {
  const Tensor y = bert(ids, lengths);
  return classifier(
      dropout(options.pooling == TextPooling::mean ? masked_mean(y, lengths) : bert.pooled(y)));
}

}  // namespace gradus
