// SPDX-License-Identifier: MIT
// Tokenizers in files: as JSON within a run, and in the files of Hugging Face and BERT.
// Next: train/interval.h
#pragma once
#include <memory>
#include <string>

#include "gradus/data/tokenizer.h"
#include "gradus/io/json.h"

namespace gradus {

/// bpe and wordpiece: what a file tokenizer.json of Hugging Face holds, and in the model
/// "never_in_text", which that library passes over; others: kind and words.
Json tokenizer_json(const Tokenizer& tokenizer);
/// The same again; also reads a tokenizer.json that others have written, with a byte-level BPE or a
/// WordPiece model. Added words are found in texts, special ones too, as in the tokenizers library.
/// `name` is the file's, for messages.
/// Throws std::runtime_error for what is no tokenizer, for every key and value that gradus does not
/// know (by name), and for vocabularies with gaps, words twice, or merges of words that are not
/// there.
std::unique_ptr<Tokenizer> tokenizer_from(const Json& json, const std::string& name);
/// The tokenizer in a run's schema.json: as tokenizer_from() reads it, but a run that says nothing
/// of special words in texts cuts texts as it did when it was made.
std::unique_ptr<Tokenizer> run_tokenizer(const Json& json, const std::string& name);

/// Reads tokenizer.json; vocab.json, with merges.txt beside it; a vocab.txt of BERT, whose letters
/// are all small unless one of its words has a capital of ASCII; or a folder with one of them, and
/// with what tokenizer_config.json, added_tokens.json and special_tokens_map.json say there: added
/// words, and how letters are treated. Unknown keys are refused, but for those in `ignored`.
/// Throws as tokenizer_from() does, with the file's name, and its line.
std::unique_ptr<Tokenizer> load_tokenizer(const std::string& path,
                                          const std::vector<std::string>& ignored = {});
/// Writes tokenizer.json; bpe also as vocab.json with merges.txt, wordpiece as vocab.txt, by the
/// name of the file. Throws std::invalid_argument for another name or kind.
void save_tokenizer(const Tokenizer& tokenizer, const std::string& path);

}  // namespace gradus
