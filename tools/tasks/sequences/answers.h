// SPDX-License-Identifier: MIT
// A model's answers on held-out sequences of letters.
#pragma once
#include "models/tasks/sequence_task.h"
#include "tools/app/answers.h"

namespace gradus::tools {

/// The share of right answers by the length of the source, and some wrong answers.
Answers sequence_answers(const SequenceTask& task);

}  // namespace gradus::tools
