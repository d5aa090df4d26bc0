// SPDX-License-Identifier: MIT
// What models from tokens to tokens share: batches for teacher forcing, the loss, decoding.
// Next: models/seq2seq_transformer.h
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "gradus/data/batch.h"
#include "gradus/nn/module.h"

namespace gradus {

struct SpecialTokens {
  int64_t padding = 0, start = 1, end = 2;
};

/// The decoder reads start + target and should say target + end.
struct Seq2SeqBatch {
  TokenBatch source, input, output;  // padded; input and output of equal lengths
};
Seq2SeqBatch seq2seq_batch(const SpecialTokens& special, std::span<const Tokens> sources,
                           std::span<const Tokens> targets);

/// [n], i64.
Tensor id_tensor(const Tokens& ids);

/// The token with the highest of the logits or log-probabilities in `row`, the first of equals.
/// Padding and the start token are no answers. Throws std::invalid_argument where one of the others
/// is NaN, or where there are no others.
int64_t likeliest_token(std::span<const double> row, const SpecialTokens& special);

class Seq2SeqModel : public Module {
 public:
  /// Logits [B, T, V] for the token after each of batch.input.
  virtual Tensor operator()(const Seq2SeqBatch& batch) const = 0;

  /// Saying a target token by token.
  class Decoder {
   public:
    virtual ~Decoder() = default;
    /// The last token of each sequence, [B] -> logits [B, V] for the next.
    virtual Tensor next(const Tensor& tokens) = 0;
    /// Sequence i goes on from what was sequence rows[i]: beams kept, doubled or dropped. The next
    /// call of next() takes as many tokens as there are rows.
    virtual void reorder(const std::vector<int64_t>& rows) = 0;
    /// Bytes of what is kept between steps.
    virtual int64_t bytes() const = 0;
  };
  virtual std::unique_ptr<Decoder> decoder(const TokenBatch& source) const = 0;
  virtual int64_t target_vocab() const = 0;
  virtual SpecialTokens special() const = 0;

  /// Mean cross-entropy over the tokens of batch.output that are no padding, in nats.
  Tensor loss(const Seq2SeqBatch& batch, double label_smoothing = 0) const {
    return loss_of((*this)(batch), batch, label_smoothing);
  }
  Tensor loss_of(const Tensor& logits, const Seq2SeqBatch& batch, double label_smoothing = 0) const;
  /// The likeliest next token again and again, until the end token (not returned) or max_steps.
  /// Throws std::invalid_argument for NaN among the logits.
  std::vector<Tokens> greedy(const TokenBatch& source, int64_t max_steps) const;
};

}  // namespace gradus
