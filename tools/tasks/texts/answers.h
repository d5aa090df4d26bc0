// SPDX-License-Identifier: MIT
// A classifier's answers on texts, and the effect of each token on one of them.
#pragma once
#include "models/tasks/text_task.h"
#include "tools/app/answers.h"
#include "tools/draw/attention_picture.h"

namespace gradus::tools {

/// On the data that reports are about.
Answers text_answers(const TextTask& task, const std::vector<std::string>& classes);

/// How much the probability of the predicted class falls without each token of a text; of a BERT.
StepTable token_effects(const TextTask& task, const std::vector<std::string>& classes,
                        int64_t example);

}  // namespace gradus::tools
