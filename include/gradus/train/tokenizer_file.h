// SPDX-License-Identifier: MIT
// Tokenizer files: JSON within a run, and the formats of Hugging Face and BERT.
// Next: train/interval.h
#pragma once
#include <memory>
#include <string>

#include "gradus/data/tokenizer.h"
#include "gradus/io/json.h"

namespace gradus {

/// For bpe and wordpiece, the content of a Hugging Face tokenizer.json, plus "never_in_text" in the
/// model, which that library ignores; for other kinds, kind and words.
Json tokenizer_json(const Tokenizer& tokenizer);
/// The inverse; also reads a tokenizer.json written by other tools, with a byte-level BPE or a
/// WordPiece model. Added words, including special ones, are matched in texts, as in the tokenizers
/// library. `name` is the file's name for messages.
/// Throws std::runtime_error if it is not a tokenizer, for every unknown key or value (by name),
/// and for vocabularies with gaps, repeated words, or merges of unknown words.
std::unique_ptr<Tokenizer> tokenizer_from(const Json& json, const std::string& name);
/// The tokenizer in a run's schema.json: like tokenizer_from(), but a run without settings for
/// special words in texts splits texts as it did when it was created.
std::unique_ptr<Tokenizer> run_tokenizer(const Json& json, const std::string& name);

/// Reads tokenizer.json; vocab.json with merges.txt in the same folder; BERT's vocab.txt, which is
/// lower case unless one of its words has an ASCII capital; or a folder with one of them, together
/// with the added words and normalisation settings in tokenizer_config.json, added_tokens.json and
/// special_tokens_map.json. Unknown keys are errors, except those in `ignored`.
/// Throws like tokenizer_from(), with the file's name and line.
std::unique_ptr<Tokenizer> load_tokenizer(const std::string& path,
                                          const std::vector<std::string>& ignored = {});
/// Writes tokenizer.json; bpe also as vocab.json with merges.txt, wordpiece as vocab.txt, chosen by
/// the file's name. Throws std::invalid_argument for another name or kind.
void save_tokenizer(const Tokenizer& tokenizer, const std::string& path);

}  // namespace gradus
