// SPDX-License-Identifier: MIT
// Settings for training on plain text: files, tokenizer, held-out part.
#pragma once
#include "models/tasks/language_data.h"
#include "tools/cli/settings.h"

namespace gradus::tools {

/// The kind of tokenizer and the maximum size of a learned vocabulary.
struct TokenizerSettings {
  std::string kind = "char";
  int64_t vocab = 4000;

  void list(Settings& s);
  /// Throws UsageError for a vocabulary size that the kind does not allow.
  void check(const Settings& s) const;
  VocabularyOptions options(const std::vector<std::string>& specials) const {
    return {.kind = kind, .size = vocab, .specials = specials};
  }
};

struct TextSettings {
  std::vector<std::string> files;
  TokenizerSettings tokenizer{};
  bool lines = false;
  double valid = 0.1;
  std::string encoding = "utf-8";

  void list(Settings& s);
  void check(const Settings& s) const;
  /// Reads the files; `seen` gets their sizes and checksums as "file", "file_2", ... CR before a
  /// line end is removed, unless the run was trained with it. No tokenizer is learned if one is
  /// given (`known`). Throws std::runtime_error for texts that are too short.
  LanguageData read(const std::vector<std::string>& specials, int64_t seed,
                    std::shared_ptr<const Tokenizer> known, const Json& recorded, Json& seen) const;
  /// "a.txt, b.txt: 1200 characters to train on, 130 held out; 65 different tokens (char)".
  std::string summary(const LanguageData& data) const;
  /// The part of schema.json about the texts, and back.
  Json schema(const LanguageData& data, int64_t block) const;
  void read_schema(const Json& s, const std::string& file, LanguageData& data, int64_t& block);
};

/// A token as a label with visible blanks and line ends.
std::string token_label(const Tokenizer& tokenizer, int64_t id);

}  // namespace gradus::tools
