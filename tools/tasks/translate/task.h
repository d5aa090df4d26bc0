// SPDX-License-Identifier: MIT
// The interface of a run of `gradus train translate`, for `gradus translate`.
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
  /// Cross-attention of the predicted tokens to the source.
  virtual AttentionPicture alignment(const Tokens& source, const Tokens& predicted,
                                     const AttentionChoice& choice) = 0;
};

}  // namespace gradus::tools
