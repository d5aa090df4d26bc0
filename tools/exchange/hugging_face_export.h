// SPDX-License-Identifier: MIT
// A run as a folder that Hugging Face's libraries read.
#pragma once
#include "gradus/io/safetensors.h"
#include "tools/app/train.h"

namespace gradus::tools {

/// config.json, model.safetensors and, for byte pairs and WordPiece, the tokenizer's files; for an
/// imported encoder those of a sentence model, too. The folder is new or empty, unless `force`.
/// Throws UsageError for a run of another kind, and for a GPT that no GPT-2 is, with the reason.
void write_hugging_face_folder(Training& run, const std::string& path, FloatForm floats,
                               bool force);

}  // namespace gradus::tools
