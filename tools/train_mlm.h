// SPDX-License-Identifier: MIT
// What `gradus fill` and a classifier of texts need of a run of `gradus train mlm`.
#pragma once
#include "models/mlm_task.h"
#include "tools/train.h"

namespace gradus::tools {

class MaskedTrainingRun : public Training {
 public:
  virtual const BertForMaskedLM& bert() const = 0;
  virtual std::shared_ptr<const Tokenizer> tokenizer() const = 0;
};

/// Attention of an encoder of texts to one of them, with its tokens as labels.
AttentionPicture text_attention(Module& model, const std::function<void(const TokenBatch&)>& call,
                                const Tokenizer& tokenizer, const TokenBatch& one,
                                const AttentionChoice& choice);

}  // namespace gradus::tools
