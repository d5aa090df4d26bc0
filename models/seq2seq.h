// SPDX-License-Identifier: MIT
// The common part of sequence-to-sequence models: batches for teacher forcing, the loss, decoding.
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

/// The decoder reads start + target and learns to predict target + end.
struct Seq2SeqBatch {
  TokenBatch source, input, output;  // padded; input and output of equal lengths
};
Seq2SeqBatch seq2seq_batch(const SpecialTokens& special, std::span<const Tokens> sources,
                           std::span<const Tokens> targets);

/// [n], i64.
Tensor id_tensor(const Tokens& ids);

/// Makes row i the former row rows[i], in place, and drops the others: only rows that change are
/// copied. More rows than before, or recording for gradients, need a new tensor. `t` must not share
/// its storage with tensors that are still read.
void reorder_rows(Tensor& t, const std::vector<int64_t>& rows);

/// The token with the highest logit or log-probability in `row`, the first of equals; never padding
/// or the start token. Throws std::invalid_argument if one of the other entries is NaN, or if there
/// are none.
int64_t likeliest_token(std::span<const double> row, const SpecialTokens& special);

class Seq2SeqModel : public Module {
 public:
  /// Logits [B, T, V] for the token after each of batch.input.
  virtual Tensor operator()(const Seq2SeqBatch& batch) const = 0;

  /// Generates a target token by token.
  class Decoder {
   public:
    virtual ~Decoder() = default;
    /// The last token of each sequence, [B] -> logits [B, V] for the next.
    virtual Tensor next(const Tensor& tokens) = 0;
    /// Continues sequence i from what was sequence rows[i]: keeps, duplicates or drops beams. The
    /// next call of next() takes rows.size() tokens.
    virtual void reorder(const std::vector<int64_t>& rows) = 0;
    /// Bytes of the state kept between steps.
    virtual int64_t bytes() const = 0;
  };
  virtual std::unique_ptr<Decoder> decoder(const TokenBatch& source) const = 0;
  virtual int64_t target_vocab() const = 0;
  virtual SpecialTokens special() const = 0;

  /// Mean cross-entropy over the tokens of batch.output without padding, in nats.
  Tensor loss(const Seq2SeqBatch& batch, double label_smoothing = 0) const {
    return loss_of((*this)(batch), batch, label_smoothing);
  }
  Tensor loss_of(const Tensor& logits, const Seq2SeqBatch& batch, double label_smoothing = 0) const;
  /// Repeats the likeliest next token until the end token (not returned) or max_steps tokens.
  /// Throws std::invalid_argument for NaN among the logits.
  std::vector<Tokens> greedy(const TokenBatch& source, int64_t max_steps) const;
};

}  // namespace gradus
