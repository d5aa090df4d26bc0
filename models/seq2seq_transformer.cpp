// SPDX-License-Identifier: MIT
// Encoder-decoder transformer: embeddings, masks, teacher forcing, greedy decoding.
#include "models/seq2seq_transformer.h"

#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus {

Seq2SeqBatch seq2seq_batch(const Seq2SeqOptions& o, std::span<const std::vector<int64_t>> sources,
                           std::span<const std::vector<int64_t>> targets) {
  std::vector<std::vector<int64_t>> inputs, outputs;
  for (const std::vector<int64_t>& target : targets) {
    inputs.push_back(target);
    inputs.back().insert(inputs.back().begin(), o.start);
    outputs.push_back(target);
    outputs.back().push_back(o.end);
  }
  return {pad(sources, o.padding), pad(inputs, o.padding), pad(outputs, o.padding)};
}

double parameter_count(const Seq2SeqOptions& o) {
  const auto c = static_cast<double>(o.d_model), f = static_cast<double>(o.dim_feedforward);
  const auto source = static_cast<double>(o.source_vocab);
  const auto target = static_cast<double>(o.target_vocab);
  const double attention = 4 * c * c + 4 * c, feed_forward = 2 * c * f + f + c, norm = 2 * c;
  const double layers = 3 * attention + 2 * feed_forward + 5 * norm;  // an encoder's, a decoder's
  return static_cast<double>(o.layers) * layers + 2 * norm + (source + 2 * target) * c + target;
}

Seq2SeqTransformer::Seq2SeqTransformer(Seq2SeqOptions o, Generator& gen)
    : options(o),
      source_embedding({o.source_vocab, o.d_model, o.padding}, gen),
      target_embedding({o.target_vocab, o.d_model, o.padding}, gen),
      position({.d_model = o.d_model, .max_len = o.max_len}),
      dropout(o.dropout),
      transformer({.d_model = o.d_model,
                   .nhead = o.nhead,
                   .num_encoder_layers = o.layers,
                   .num_decoder_layers = o.layers,
                   .dim_feedforward = o.dim_feedforward,
                   .dropout = o.dropout,
                   .activation = o.activation,
                   .norm_first = o.norm_first},
                  gen),
      generator({o.d_model, o.target_vocab}, gen) {
  // The factor sqrt(d_model) then makes embeddings as large as the position code.
  const NoGrad no_grad;
  const double deviation = 1 / std::sqrt(static_cast<double>(o.d_model));
  for (Embedding* table : {&source_embedding, &target_embedding})
    table->weight.copy_(mul(table->weight, deviation));
}

void Seq2SeqTransformer::visit(Visitor& v) {
  v("source_embedding", source_embedding), v("target_embedding", target_embedding);
  v("position", position), v("dropout", dropout);
  v("transformer", transformer), v("generator", generator);
}

Seq2SeqTransformer Seq2SeqTransformer::clone() const {
  Generator unused;
  return cloned(Seq2SeqTransformer(options, unused), *this);
}

Tensor Seq2SeqTransformer::embed(const Embedding& table, const Tensor& ids) const {
  const double factor = std::sqrt(static_cast<double>(options.d_model));
  return dropout(position(mul(table(ids), factor)));
}

Tensor Seq2SeqTransformer::encode(const TokenBatch& source) const {
  return transformer.encoder(embed(source_embedding, source.ids), Mask::padding(source.lengths));
}

// Padding stands at the end, so the causal mask hides it from every token that counts.
Tensor Seq2SeqTransformer::decode(const Tensor& input, const Tensor& memory,
                                  const TokenBatch& source) const {
  return generator(transformer.decoder(embed(target_embedding, input), memory, Mask::causal(),
                                       Mask::padding(source.lengths)));
}

Tensor Seq2SeqTransformer::loss_of(const Tensor& logits, const Seq2SeqBatch& batch) const {
  return cross_entropy(reshape(logits, {-1, options.target_vocab}), reshape(batch.output.ids, {-1}),
                       {.ignore_index = options.padding});
}

std::vector<std::vector<int64_t>> Seq2SeqTransformer::greedy(const TokenBatch& source,
                                                             int64_t max_steps) const {
  const NoGrad no_grad;
  const Tensor memory = encode(source);
  const int64_t count = source.ids.size(0);
  std::vector<std::vector<int64_t>> said(static_cast<size_t>(count));
  std::vector<bool> done(said.size());
  Tensor input = full({count, 1}, static_cast<double>(options.start), DType::i64);
  for (int64_t step = 0; step < max_steps; ++step) {
    const Tensor next = argmax(select(decode(input, memory, source), 1, -1), -1);
    bool all_done = true;
    const std::vector<int64_t> tokens = next.to_vector<int64_t>();
    for (size_t b = 0; b < said.size(); ++b) {
      done[b] = done[b] || tokens[b] == options.end;
      if (!done[b]) said[b].push_back(tokens[b]);
      all_done = all_done && done[b];
    }
    if (all_done) break;
    input = cat({input, unsqueeze(next, 1)}, 1);
  }
  return said;
}

}  // namespace gradus
