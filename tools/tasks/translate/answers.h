// SPDX-License-Identifier: MIT
// A translator's answers, sentence by sentence.
#pragma once
#include "models/tasks/translation_task.h"
#include "tools/app/answers.h"

namespace gradus::tools {

/// The worst translations by chrF with their references, and chrF by length.
Answers translation_answers(const TranslationTask& task, const BeamOptions& beam);

}  // namespace gradus::tools
