// SPDX-License-Identifier: MIT
// Settings of trainings on plain text: files, tokenizer, and what is held out.
#pragma once
#include "models/tasks/language_data.h"
#include "tools/cli/settings.h"

namespace gradus::tools {

/// char, word or bpe, and the size of the vocabulary that is learned.
struct TokenizerSettings {
  std::string kind = "char";
  int64_t vocab = 4000;

  void list(Settings& s);
  /// Throws UsageError for a size of the vocabulary that the kind does not take.
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
  /// Reads the files; their sizes and checksums go into `seen` as those of "file", "file_2", ...
  /// CR before a line's end is left out, but not where a run has read the files with it. With a
  /// tokenizer none is learned. Throws std::runtime_error for texts that are too short.
  LanguageData read(const std::vector<std::string>& specials, int64_t seed,
                    std::shared_ptr<const Tokenizer> known, const Json& recorded, Json& seen) const;
  /// "a.txt, b.txt: 1200 characters to train on, 130 held out; 65 different tokens (char)".
  std::string summary(const LanguageData& data) const;
  /// What a run's schema.json says of them, and back.
  Json schema(const LanguageData& data, int64_t block) const;
  void read_schema(const Json& s, const std::string& file, LanguageData& data, int64_t& block);
};

/// A token as a label: blanks and ends of lines can be seen.
std::string token_label(const Tokenizer& tokenizer, int64_t id);

}  // namespace gradus::tools
