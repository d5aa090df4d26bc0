// SPDX-License-Identifier: MIT
// A tokenizer while its files are read: the model's vocabulary, added words from several sources,
// and settings, as text. The tokenizer is then built and checked as a whole.
// Next: train/tokenizer_file.h
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gradus/data/bpe.h"
#include "gradus/data/wordpiece.h"
#include "gradus/io/json.h"

namespace gradus {

struct TokenizerParts {
  struct Merge {
    std::string left, right;  // as spelled in files
    int64_t number;           // its line, or its position in a list
  };
  explicit TokenizerParts(std::string name) : file(std::move(name)) {}

  std::string file;                                       // for messages
  std::unordered_map<std::string, int64_t> vocabulary{};  // the model's, as spelled in the file
  std::vector<AddedWord> added{};                         // by add()
  // Exactly one of these is set.
  std::optional<BpeSettings> bpe{};
  std::optional<WordPieceSettings> wordpiece{};
  std::vector<Merge> merges{};
  std::string merges_from{};  // "t.json: merge ", "merges.txt: line "

  /// Adds an added word, or updates its flags if it is already there.
  /// Throws std::runtime_error, with `where`, if the word has another id.
  void add(AddedWord word, const std::string& where);
  /// The added word with this content, or null.
  AddedWord* find_added(const std::string& content);
  /// The id of a word of the model or of an added word, or -1.
  int64_t number_of(const std::string& content);
  /// Throws std::runtime_error for a vocabulary with gaps or merges of unknown words,
  /// std::invalid_argument for settings that the tokenizer rejects.
  std::unique_ptr<Tokenizer> make();

 private:
  std::vector<std::string> words() const;
  std::unique_ptr<Tokenizer> make_bpe();
  std::unordered_map<std::string, size_t> places_{};  // in `added`, by content
};

/// The id of each word, from an object with words as keys.
std::unordered_map<std::string, int64_t> vocabulary_of(const Json& object);
/// The merge in "left right". Throws std::runtime_error, with `where`, for anything else.
TokenizerParts::Merge merge_in(std::string_view line, const std::string& where, int64_t number);

/// The parts of a tokenizer.json. Every key is applied, or rejected by name.
TokenizerParts parts_of_json(const Json& json, const std::string& name,
                             const std::vector<std::string>& ignored = {});

/// Adds the settings in the other files of a folder: tokenizer_config.json, added_tokens.json,
/// special_tokens_map.json. Every key is applied, or rejected by name, except those in `ignored`.
/// `from_json`: a tokenizer.json sets the normalisation.
void take_folder(TokenizerParts& parts, const std::string& folder, bool from_json,
                 const std::vector<std::string>& ignored);

}  // namespace gradus
