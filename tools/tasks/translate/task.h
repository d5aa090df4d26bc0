// SPDX-License-Identifier: MIT
// What `gradus translate` needs of a run of `gradus train translate`.
#pragma once
#include "models/tasks/translation_task.h"
#include "tools/app/train.h"

namespace gradus::tools {

class TranslationTrainingRun : public Training {
 public:
  virtual const Seq2SeqModel& translator() = 0;
  virtual const TranslationTokenizers& tokenizers() const = 0;
  virtual int64_t max_length() const = 0;
  virtual BeamOptions beam() const = 0;
  /// Cross-attention of a source to what the model says for it.
  virtual AttentionPicture alignment(const Tokens& source, const Tokens& said,
                                     const AttentionChoice& choice) = 0;
};

}  // namespace gradus::tools
