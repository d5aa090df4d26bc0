// SPDX-License-Identifier: MIT
// The settings of a BERT, for the tasks that have one.
#pragma once
#include "gradus/data/tokenizer.h"
#include "models/bert.h"
#include "models/sentence_encoder.h"
#include "tools/app/task_run.h"

namespace gradus::tools {

inline constexpr Words<TextPooling, 2> text_poolings = {
    {{"mean", TextPooling::mean}, {"first", TextPooling::first}}};

/// Post-norm layers with GELU; the feed-forward width follows from the width.
void set_bert_defaults(TrainSettings& common);
/// Throws UsageError for flags that a BERT leaves no choice of; sets the feed-forward width.
void check_bert(const Settings& s, TrainSettings& common);
/// `beyond` has the options that are no settings.
BertOptions bert_options(const BertOptions& beyond, const TrainSettings& common,
                         const Tokenizer& tokenizer, int64_t block);

}  // namespace gradus::tools
