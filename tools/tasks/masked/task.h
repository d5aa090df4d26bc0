// SPDX-License-Identifier: MIT
// What `gradus fill`, `embed` and a classifier of texts need of a run with an encoder of texts.
#pragma once
#include "models/sentence_encoder.h"
#include "models/tasks/mlm_task.h"
#include "tools/app/train.h"

namespace gradus::tools {

/// A run with an encoder of texts: of train mlm, of train classify --text, or an imported one.
class TextEncoderRun : public Training {
 public:
  virtual const Bert& encoder() const = 0;
  virtual std::shared_ptr<const Tokenizer> tokenizer() const = 0;
  /// How its vectors become that of a text.
  virtual SentenceOptions sentence() const = 0;
};

class MaskedTrainingRun : public TextEncoderRun {
 public:
  virtual const BertForMaskedLM& bert() const = 0;
};

/// Attention of an encoder of texts to one of them, with its tokens as labels.
AttentionPicture text_attention(Module& model, const std::function<void(const TokenBatch&)>& call,
                                const Tokenizer& tokenizer, const TokenBatch& one,
                                const AttentionChoice& choice);

}  // namespace gradus::tools
