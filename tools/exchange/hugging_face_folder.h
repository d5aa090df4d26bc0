// SPDX-License-Identifier: MIT
// A model's folder as Hugging Face's libraries write it: config.json, weights, tokenizer, and what
// sentence models have beside them.
#pragma once
#include <memory>

#include "gradus/data/tokenizer.h"
#include "models/hugging_face/config.h"
#include "models/sentence_encoder.h"

namespace gradus::tools {

struct HuggingFaceFolder {
  std::string path;
  HuggingFaceModel model{};
  std::shared_ptr<const Tokenizer> tokenizer{};  // of as many words as the model has
  std::optional<SentenceOptions> sentence{};     // where modules.json is
  int64_t max_tokens = 0;                        // that an encoder reads of a text
  StateDict weights{};                           // under the names of gradus
};

/// Reads all of it. Throws std::runtime_error, with file, key and value, for whatever is missing or
/// unknown, and with all tensors that do not fit in one message.
HuggingFaceFolder read_hugging_face_folder(const std::string& path,
                                           const std::vector<std::string>& ignored);

/// Its tokenizer alone, as load_tokenizer() reads a folder; with as many words as the model has.
std::shared_ptr<const Tokenizer> read_tokenizer(const std::string& path, HuggingFaceModel& model,
                                                const std::vector<std::string>& ignored);
/// max_seq_length of sentence_bert_config.json or model_max_length of tokenizer_config.json, where
/// they are below the positions of the encoder.
int64_t read_max_tokens(const std::string& path, const HuggingFaceModel& model,
                        const Tokenizer& tokenizer,
                        const std::vector<std::string>& ignored = {});
/// modules.json and what it names: a transformer, its pooling, and maybe vectors of length 1.
SentenceOptions read_sentence_modules(const std::string& path, const HuggingFaceModel& model,
                                      const Tokenizer& tokenizer,
                                      const std::vector<std::string>& ignored = {});

}  // namespace gradus::tools
