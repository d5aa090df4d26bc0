// SPDX-License-Identifier: MIT
// Exporting a run as a folder for Hugging Face's libraries.
#pragma once
#include "gradus/io/safetensors.h"
#include "tools/app/task_run.h"

namespace gradus::tools {

/// Writes config.json, model.safetensors and, for bpe and WordPiece, the tokenizer's files; for an
/// imported encoder also those of a sentence model. The folder must be new or empty, unless
/// `force`. Throws UsageError for a run of another kind, and for a GPT that GPT-2 cannot represent.
void write_hugging_face_folder(TaskRun& run, const std::string& path, FloatForm floats, bool force);

}  // namespace gradus::tools
