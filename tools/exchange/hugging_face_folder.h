// SPDX-License-Identifier: MIT
// A model folder of Hugging Face's libraries: config.json, weights, tokenizer, and the additional
// files of sentence models.
#pragma once
#include <memory>

#include "gradus/data/tokenizer.h"
#include "models/hugging_face/config.h"
#include "models/sentence_encoder.h"

namespace gradus::tools {

struct HuggingFaceFolder {
  std::string path;
  HuggingFaceModel model{};
  std::shared_ptr<const Tokenizer> tokenizer{};  // with the model's vocabulary size
  std::optional<SentenceOptions> sentence{};     // if the folder has modules.json
  int64_t max_tokens = 0;                        // that an encoder reads of a text
  StateDict weights{};                           // with the names of gradus
};

/// Reads the whole folder. Throws std::runtime_error, with file, key and value, for anything
/// missing or unknown, and with all tensors that do not fit in one message.
HuggingFaceFolder read_hugging_face_folder(const std::string& path,
                                           const std::vector<std::string>& ignored);

/// Reads only the tokenizer, like load_tokenizer(), extended to the model's vocabulary size.
std::shared_ptr<const Tokenizer> read_tokenizer(const std::string& path, HuggingFaceModel& model,
                                                const std::vector<std::string>& ignored);
/// max_seq_length of sentence_bert_config.json or model_max_length of tokenizer_config.json, if
/// below the encoder's positions.
int64_t read_max_tokens(const std::string& path, const HuggingFaceModel& model,
                        const Tokenizer& tokenizer, const std::vector<std::string>& ignored = {});
/// Reads modules.json and its modules: a transformer, its pooling, and optionally normalisation.
SentenceOptions read_sentence_modules(const std::string& path, const HuggingFaceModel& model,
                                      const Tokenizer& tokenizer,
                                      const std::vector<std::string>& ignored = {});

}  // namespace gradus::tools
