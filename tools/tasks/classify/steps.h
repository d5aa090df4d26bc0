// SPDX-License-Identifier: MIT
// What each step of a series meant to a classifier, as a table.
#pragma once
#include "models/tasks/series_meaning.h"
#include "tools/draw/attention_picture.h"

namespace gradus::tools {

/// Of the example that is asked for, or the mean over all series. Throws UsageError for an example
/// or a step that there is not.
StepTable series_steps(SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale,
                       const AttentionChoice& choice);

}  // namespace gradus::tools
