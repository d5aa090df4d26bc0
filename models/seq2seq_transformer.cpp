// SPDX-License-Identifier: MIT
// Encoder-decoder transformer: embeddings, masks, teacher forcing, decoding.
#include "models/seq2seq_transformer.h"

#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/data/tokenizer.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/view.h"

namespace gradus {

Seq2SeqTransformer::Seq2SeqTransformer(Seq2SeqOptions o, Generator& gen)
    : options(o),
      source_embedding({o.source_vocab, o.d_model, o.special.padding}, gen),
      target_embedding({o.target_vocab, o.d_model, o.special.padding}, gen),
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
  if (o.tied == TiedEmbeddings::all && o.source_vocab != o.target_vocab)
    argument_error({"Seq2SeqTransformer: one table for vocabularies of ", o.source_vocab, " and ",
                    o.target_vocab, " words; expected the same vocabulary"});
  if (o.tied != TiedEmbeddings::none) generator.weight = target_embedding.weight;
  if (o.tied == TiedEmbeddings::all) source_embedding.weight = target_embedding.weight;
  if (ShapesOnly::active()) return;
  // The factor sqrt(d_model) then scales embeddings to the size of the position encoding.
  const NoGrad no_grad;
  const double deviation = 1 / std::sqrt(static_cast<double>(o.d_model));
  target_embedding.weight.copy_(mul(target_embedding.weight, deviation));
  if (o.tied != TiedEmbeddings::all)
    source_embedding.weight.copy_(mul(source_embedding.weight, deviation));
}

void Seq2SeqTransformer::visit(Visitor& v) {
  v("source_embedding", source_embedding);
  v("target_embedding", target_embedding);
  v("position", position);
  v("dropout", dropout);
  v("transformer", transformer);
  v("generator", generator);
}

Seq2SeqTransformer Seq2SeqTransformer::clone() const {
  Generator unused;
  return cloned(Seq2SeqTransformer(options, unused), *this);
}

Tensor Seq2SeqTransformer::embed(const Embedding& table, const Tensor& ids, int64_t first) const {
  const double factor = std::sqrt(static_cast<double>(options.d_model));
  return dropout(position(mul(table(ids), factor), first));
}

Tensor Seq2SeqTransformer::encode(const TokenBatch& source) const {
  return transformer.encoder(embed(source_embedding, source.ids), Mask::padding(source.lengths));
}

// Padding is at the end, so the causal mask hides it from all real tokens.
Tensor Seq2SeqTransformer::decode(const Tensor& input, const Tensor& memory,
                                  const TokenBatch& source) const {
  return generator(transformer.decoder(embed(target_embedding, input), memory, Mask::causal(),
                                       Mask::padding(source.lengths)));
}

// Caches the keys and values of the decoded tokens and, computed once and shared by all beams of a
// source, those of the source.
class Seq2SeqTransformer::Decoding : public Decoder {
 public:
  Decoding(const Seq2SeqTransformer& model, const TokenBatch& source)
      : model_(model),
        lengths_(source.lengths),
        cache_(model.transformer.decoder.cache(model.encode(source))) {
    for (size_t b = 0; b < lengths_.size(); ++b) sources_.push_back(static_cast<int64_t>(b));
  }
  Tensor next(const Tensor& tokens) override {
    const Tensor x = model_.embed(model_.target_embedding, unsqueeze(tokens, 1), decoded_++);
    const Tensor y = model_.transformer.decoder(x, cache_, Mask::padding(lengths_));
    return model_.generator(squeeze(y, 1));
  }
  void reorder(const std::vector<int64_t>& rows) override {
    std::vector<int64_t> kept, readers, sources;  // neighbours with one source share it
    for (int64_t row : rows) {
      const int64_t source = sources_.at(static_cast<size_t>(row));
      if (kept.empty() || kept.back() != source) {
        kept.push_back(source);
        readers.push_back(0);
      }
      ++readers.back();
      sources.push_back(std::ssize(kept) - 1);
    }
    const bool moved = kept != first_ids(lengths_.size());
    for (DecoderLayerCache& layer : cache_.layers) {
      for (Tensor* t : {&layer.self.k, &layer.self.v}) reorder_rows(*t, rows);
      for (Tensor* t : {&layer.memory.k, &layer.memory.v})
        if (moved) reorder_rows(*t, kept);
      layer.memory.readers = readers;
    }
    for (int64_t& source : kept) source = lengths_[static_cast<size_t>(source)];
    lengths_ = std::move(kept);
    sources_ = std::move(sources);
  }
  int64_t bytes() const override { return cache_.bytes(); }

 private:
  const Seq2SeqTransformer& model_;
  std::vector<int64_t> lengths_;  // of the sources
  std::vector<int64_t> sources_;  // of each row
  DecoderCache cache_;
  int64_t decoded_ = 0;
};

std::unique_ptr<Seq2SeqModel::Decoder> Seq2SeqTransformer::decoder(const TokenBatch& source) const {
  return std::make_unique<Decoding>(*this, source);
}

}  // namespace gradus
