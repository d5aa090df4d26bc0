// SPDX-License-Identifier: MIT
// How well a language model predicts each token of held-out texts.
#pragma once
#include "models/tasks/language_task.h"
#include "tools/app/answers.h"

namespace gradus::tools {

/// The mean bits per token by the number of tokens that the model has read, and some texts with the
/// bits of each token.
Answers language_answers(const LanguageTask& task);

}  // namespace gradus::tools
