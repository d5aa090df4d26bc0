// SPDX-License-Identifier: MIT
// A masked language model's answers on held-out texts.
#pragma once
#include "models/tasks/mlm_task.h"
#include "tools/app/answers.h"

namespace gradus::tools {

/// The masked tokens that the model found least likely, in their texts, with fixed masks.
Answers masked_answers(const MaskedTask& task);

}  // namespace gradus::tools
