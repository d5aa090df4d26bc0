// SPDX-License-Identifier: MIT
// The interfaces of runs with a text encoder, for `gradus fill`, `embed` and text classifiers.
#pragma once
#include "models/sentence_encoder.h"
#include "models/tasks/mlm_task.h"
#include "tools/app/train.h"

namespace gradus::tools {

/// A run with a text encoder: of train mlm, of train classify --text, or imported.
class TextEncoderRun : public Training {
 public:
  virtual const Bert& encoder() const = 0;
  virtual std::shared_ptr<const Tokenizer> tokenizer() const = 0;
  /// How the vectors of the tokens become the vector of a text.
  virtual SentenceOptions sentence() const = 0;
};

class MaskedTrainingRun : public TextEncoderRun {
 public:
  virtual const BertForMaskedLM& bert() const = 0;
};

/// Attention of a text encoder for one text, with its tokens as labels.
AttentionPicture text_attention(Module& model, const std::function<void(const TokenBatch&)>& call,
                                const Tokenizer& tokenizer, const TokenBatch& one,
                                const AttentionChoice& choice);

}  // namespace gradus::tools
