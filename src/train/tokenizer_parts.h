// SPDX-License-Identifier: MIT
// A tokenizer while its files are read: the model's vocabulary, added words from several places,
// and settings, as text. Then it is made, and checked as a whole.
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
    int64_t number;           // of its line, or its place in a list
  };
  explicit TokenizerParts(std::string name) : file(std::move(name)) {}

  std::string file;  // for messages
  std::unordered_map<std::string, int64_t> vocabulary{};  // of the model, as spelled in the file
  std::vector<AddedWord> added{};  // by add()
  // One of them is there.
  std::optional<BpeSettings> bpe{};
  std::optional<WordPieceSettings> wordpiece{};
  std::vector<Merge> merges{};
  std::string merges_from{};  // "t.json: merge ", "merges.txt: line "

  /// Takes a word to the added ones, or its flags, where it is there already.
  /// Throws std::runtime_error, with `where`, for a number that the word does not have.
  void add(AddedWord word, const std::string& where);
  /// The added word with this content, or null.
  AddedWord* find_added(const std::string& content);
  /// The number of a word of the model or of an added word, or -1.
  int64_t number_of(const std::string& content);
  /// Throws std::runtime_error for a vocabulary with gaps or merges of words that are not there,
  /// std::invalid_argument for what the tokenizer refuses.
  std::unique_ptr<Tokenizer> make();

 private:
  std::vector<std::string> words() const;
  std::unique_ptr<Tokenizer> make_bpe();
  std::unordered_map<std::string, size_t> places_{};  // in `added`, by content
};

/// The number of each word that is a key of an object.
std::unordered_map<std::string, int64_t> vocabulary_of(const Json& object);
/// The merge in "left right". Throws std::runtime_error, with `where`, for anything else.
TokenizerParts::Merge merge_in(std::string_view line, const std::string& where, int64_t number);

/// Of a tokenizer.json. Every key is read, or refused by name.
TokenizerParts parts_of_json(const Json& json, const std::string& name,
                             const std::vector<std::string>& ignored = {});

/// Takes in what the other files of a folder say of its tokenizer: tokenizer_config.json,
/// added_tokens.json, special_tokens_map.json. Every key is read, or refused by name, but for those
/// in `ignored`. `told`: a tokenizer.json says how letters are treated.
void take_folder(TokenizerParts& parts, const std::string& folder, bool told,
                 const std::vector<std::string>& ignored);

}  // namespace gradus
