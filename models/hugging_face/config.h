// SPDX-License-Identifier: MIT
// The config.json of Hugging Face's GPT-2 and BERT: import to options, and export.
// Next: models/sentence_encoder.h
#pragma once
#include "gradus/io/json.h"
#include "models/bert.h"
#include "models/gpt.h"

namespace gradus {

/// The contents of a config.json: either gpt or bert is set.
struct HuggingFaceModel {
  std::string architecture{};  // "GPT2LMHeadModel", "BertForMaskedLM", "BertModel", ...
  std::optional<GptOptions> gpt{};
  std::optional<BertOptions> bert{};  // only the weights show whether there is a pooler
  bool masked_lm = false;             // the BERT has a head for masked tokens
  std::vector<std::string> notes{};   // remarks for the user
};

/// Reads GPT2LMHeadModel, GPT2Model, BertForMaskedLM, BertForPreTraining and BertModel. Every key
/// that changes a result is read, or must have the value that gradus implements; keys that change
/// none are known by name. Throws std::runtime_error with file, key and value for any other key,
/// except those in `ignored`.
HuggingFaceModel read_hugging_face_config(const Json& config, const std::string& file,
                                          const std::vector<std::string>& ignored = {});

/// A config.json for a GPT2LMHeadModel.
Json hugging_face_config(const GptOptions& options);
/// A config.json for a BertForMaskedLM or a BertModel.
Json hugging_face_config(const BertOptions& options, bool masked_lm);

}  // namespace gradus
