// SPDX-License-Identifier: MIT
// What the tasks with a BERT share: its settings, and the picture of its attention.
#pragma once
#include "gradus/data/batch.h"
#include "gradus/data/tokenizer.h"
#include "models/bert.h"
#include "models/sentence_encoder.h"
#include "tools/app/task_run.h"
#include "tools/draw/attention_picture.h"

namespace gradus::tools {

inline constexpr Words<TextPooling, 2> text_poolings = {
    {{"mean", TextPooling::mean}, {"first", TextPooling::first}}};

/// Post-norm layers with GELU; the feed-forward width follows from the width.
void set_bert_defaults(TrainSettings& common);
/// Throws UsageError for flags that a BERT fixes; sets the feed-forward width.
void check_bert(const Settings& s, TrainSettings& common);
/// `beyond` has the options that are not settings.
BertOptions bert_options(const BertOptions& beyond, const TrainSettings& common,
                         const Tokenizer& tokenizer, int64_t block);

/// Attention of a model for one text, with its tokens as labels; `call` computes the model.
AttentionPicture text_attention(Module& model, const std::function<void(const TokenBatch&)>& call,
                                const Tokenizer& tokenizer, const TokenBatch& one,
                                const AttentionChoice& choice);

}  // namespace gradus::tools
