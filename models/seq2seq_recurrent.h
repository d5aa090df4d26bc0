// SPDX-License-Identifier: MIT
// Recurrent encoder-decoder. Without attention the encoder must compress the whole source into one
// vector; with attention the decoder reads all encoder states.
// Next: models/tasks/sequence_task.h
#pragma once
#include <optional>

#include "gradus/nn/recurrent.h"
#include "gradus/nn/score_attention.h"
#include "models/seq2seq.h"

namespace gradus {

struct RecurrentSeq2SeqOptions {
  int64_t source_vocab = 0, target_vocab = 0;
  int64_t embed_dim = 32, hidden_size = 64, num_layers = 1;
  RecurrentKind kind = RecurrentKind::gru;
  std::optional<AttentionScore> attention = AttentionScore::additive;
  double dropout = 0;
  SpecialTokens special{};
};

/// The encoder gives states h_1 .. h_S; the decoder starts from the last state within the real
/// length of each source. Decoder step t, with top state s_t and the embedding e_t of the last
/// token:
///   none       s_t = cell(e_t, s_{t-1}),  logits = fc_out(s_t)
///   additive   c_t = attention(s_{t-1}),  s_t = cell([e_t; c_t], s_{t-1}),  logits = fc_out(s_t)
///              Source: Bahdanau, Cho, Bengio 2015
///   others     s_t = cell(e_t, s_{t-1}),  c_t = attention(s_t),
///              logits = fc_out(tanh(W_c [c_t; s_t]))
///              Source: Luong, Pham, Manning 2015, without input feeding
/// The hidden width of the attention is hidden_size. Every target step is trained.
/// Keys: encoder.embedding.*, encoder.rnn.*, decoder.embedding.*, decoder.rnn.*,
/// decoder.attention.*, decoder.W_c.*, decoder.fc_out.*.
struct RecurrentSeq2Seq : Seq2SeqModel {
  explicit RecurrentSeq2Seq(RecurrentSeq2SeqOptions options, Generator& gen = default_generator());
  Tensor operator()(const Seq2SeqBatch& batch) const override;
  std::unique_ptr<Decoder> decoder(const TokenBatch& source) const override;
  int64_t target_vocab() const override { return options.target_vocab; }
  SpecialTokens special() const override { return options.special; }
  void visit(Visitor& v) override;
  RecurrentSeq2Seq clone() const;

  /// The encoded source, as the decoder reads it.
  struct Memory {
    ScoreAttention::Keys keys;
    Tensors state;
    Mask mask;
  };
  Memory encode(const TokenBatch& source) const;
  /// Tokens [B, T] -> logits [B, T, V]. Starts from `state` and sets it to the state after them.
  Tensor decode(const Tensor& tokens, const Memory& memory, Tensors& state) const;

  RecurrentSeq2SeqOptions options;
  Embedding source_embedding, target_embedding;
  AnyRecurrent encoder_rnn, decoder_rnn;
  std::optional<ScoreAttention> attention;
  std::optional<Linear> W_c;
  Linear fc_out;
  Dropout dropout;

 private:
  bool looks_first() const { return options.attention == AttentionScore::additive; }
};

}  // namespace gradus
