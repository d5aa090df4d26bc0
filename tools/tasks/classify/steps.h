// SPDX-License-Identifier: MIT
// The effect of each step of a series on a classifier's prediction, as a table.
#pragma once
#include "models/explain/series_meaning.h"
#include "tools/draw/attention_picture.h"

namespace gradus::tools {

/// For the chosen example, or the mean over all series. Throws UsageError if the example or step
/// does not exist.
StepTable series_steps(SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale,
                       const AttentionChoice& choice);

/// The effects alone, with a title about them.
StepTable as_effects(StepTable steps);

}  // namespace gradus::tools
