// SPDX-License-Identifier: MIT
// Attention of a text encoder for one text, with its tokens as labels.
#pragma once
#include "gradus/data/batch.h"
#include "gradus/data/tokenizer.h"
#include "tools/draw/attention_picture.h"

namespace gradus::tools {

/// `call` computes the model for the batch.
AttentionPicture text_attention(Module& model, const std::function<void(const TokenBatch&)>& call,
                                const Tokenizer& tokenizer, const TokenBatch& one,
                                const AttentionChoice& choice);

}  // namespace gradus::tools
