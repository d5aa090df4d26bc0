// SPDX-License-Identifier: MIT
// Recurrent encoder-decoder: the encoder, and the decoder with its three kinds of attention.
#include "models/seq2seq_recurrent.h"

#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

RecurrentLayerOptions layers(const RecurrentSeq2SeqOptions& o, int64_t input) {
  return {.input_size = input,
          .hidden_size = o.hidden_size,
          .num_layers = o.num_layers,
          .dropout = o.dropout};
}

int64_t decoder_input(const RecurrentSeq2SeqOptions& o) {
  return o.embed_dim + (o.attention == AttentionScore::additive ? o.hidden_size : 0);
}

}  // namespace

RecurrentSeq2Seq::RecurrentSeq2Seq(RecurrentSeq2SeqOptions o, Generator& gen)
    : options(o),
      source_embedding({o.source_vocab, o.embed_dim, o.special.padding}, gen),
      target_embedding({o.target_vocab, o.embed_dim, o.special.padding}, gen),
      encoder_rnn(o.kind, layers(o, o.embed_dim), gen),
      decoder_rnn(o.kind, layers(o, decoder_input(o)), gen),
      fc_out({o.hidden_size, o.target_vocab}, gen),
      dropout(o.dropout) {
  if (!o.attention) return;
  attention.emplace(
      ScoreAttentionOptions{
          .query_dim = o.hidden_size, .key_dim = o.hidden_size, .score = *o.attention},
      gen);
  if (!looks_first()) W_c.emplace(LinearOptions{2 * o.hidden_size, o.hidden_size}, gen);
}

void RecurrentSeq2Seq::visit(Visitor& v) {
  v("encoder.embedding", source_embedding);
  v("encoder.rnn", encoder_rnn);
  v("decoder.embedding", target_embedding);
  v("decoder.rnn", decoder_rnn);
  if (attention) v("decoder.attention", *attention);
  if (W_c) v("decoder.W_c", *W_c);
  v("decoder.fc_out", fc_out);
  v("dropout", dropout);
}

RecurrentSeq2Seq RecurrentSeq2Seq::clone() const {
  Generator unused;
  return cloned(RecurrentSeq2Seq(options, unused), *this);
}

RecurrentSeq2Seq::Memory RecurrentSeq2Seq::encode(const TokenBatch& source) const {
  AnyRecurrent::Result r = encoder_rnn(dropout(source_embedding(source.ids)), source.lengths);
  Memory m{.keys = {}, .state = std::move(r.state), .mask = Mask::padding(source.lengths)};
  if (attention) m.keys = attention->prepare(r.output);
  return m;
}

Tensor RecurrentSeq2Seq::decode(const Tensor& tokens, const Memory& memory, Tensors& state) const {
  const Tensor words = dropout(target_embedding(tokens));
  if (!looks_first()) {
    AnyRecurrent::Result r = decoder_rnn(words, {}, state);
    state = std::move(r.state);
    if (!attention) return fc_out(dropout(r.output));
    const Tensor seen = (*attention)(r.output, memory.keys, memory.mask).context;
    return fc_out(dropout(tanh((*W_c)(cat({seen, r.output}, -1)))));
  }
  std::vector<Tensor> outputs;
  for (int64_t t = 0; t < tokens.size(1); ++t) {
    const Tensor top = unsqueeze(select(state[0], 0, -1), 1);
    const Tensor seen = (*attention)(top, memory.keys, memory.mask).context;
    AnyRecurrent::Result r = decoder_rnn(cat({narrow(words, 1, t, 1), seen}, -1), {}, state);
    state = std::move(r.state);
    outputs.push_back(std::move(r.output));
  }
  return fc_out(dropout(cat(outputs, 1)));
}

Tensor RecurrentSeq2Seq::operator()(const Seq2SeqBatch& batch) const {
  const Memory memory = encode(batch.source);
  Tensors state = memory.state;
  return decode(batch.input.ids, memory, state);
}

namespace {

class Speaking : public Seq2SeqModel::Decoder {
 public:
  Speaking(const RecurrentSeq2Seq& model, const TokenBatch& source)
      : model_(model), memory_(model.encode(source)), state_(memory_.state) {}
  Tensor next(const Tensor& tokens) override {
    return squeeze(model_.decode(unsqueeze(tokens, 1), memory_, state_), 1);
  }
  void reorder(const std::vector<int64_t>& rows) override {
    for (Tensor& s : state_) s = index_select(s, 1, rows);  // [layers, B, H]
    for (Tensor* t : {&memory_.keys.keys, &memory_.keys.projected})
      if (t->defined()) *t = index_select(*t, 0, rows);
    memory_.mask = Mask::padding(index_select(memory_.mask.parts().lengths, 0, rows));
  }
  int64_t bytes() const override {
    int64_t all = 0;
    const auto add = [&](const Tensor& t) {
      if (t.defined()) all += t.numel() * size_of(t.dtype());
    };
    for (const Tensor& s : state_) add(s);
    add(memory_.keys.keys);
    add(memory_.keys.projected);
    return all;
  }

 private:
  const RecurrentSeq2Seq& model_;
  RecurrentSeq2Seq::Memory memory_;
  Tensors state_;
};

}  // namespace

std::unique_ptr<Seq2SeqModel::Decoder> RecurrentSeq2Seq::decoder(const TokenBatch& source) const {
  return std::make_unique<Speaking>(*this, source);
}

}  // namespace gradus
