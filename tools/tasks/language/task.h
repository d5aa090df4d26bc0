// SPDX-License-Identifier: MIT
// The interface of a run of `gradus train lm`, for `gradus generate`.
#pragma once
#include "models/tasks/language_task.h"
#include "tools/app/train.h"

namespace gradus::tools {

class LanguageTrainingRun : public Training {
 public:
  virtual Gpt& gpt() = 0;
  virtual const LanguageData& language() const = 0;
};

}  // namespace gradus::tools
