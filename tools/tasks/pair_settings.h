// SPDX-License-Identifier: MIT
// How files of pairs are read: translations, and texts with their classes.
#pragma once
#include "gradus/data/text_pairs.h"
#include "gradus/io/json.h"
#include "tools/cli/settings.h"

namespace gradus::tools {

struct PairSettings {
  std::string header = "auto", columns = "auto", encoding = "utf-8";
  bool skip_bad = false;
  bool labels = false;  // the second side is a class

  void list(Settings& s);
  /// Throws UsageError for columns that are none.
  void check() const;
  /// Reads a file; its size and checksum, and whether it had a header, go into `seen`. A file that
  /// was read before (`recorded`) has a header where it had one then.
  TextPairs read(const std::string& path, const std::string& role, const Json& recorded,
                 Json& seen) const;
  /// The first sides alone: of lines with or without a second one. Empty lines are empty texts.
  TextPairs read_texts(const std::string& path, Json& seen) const;

 private:
  PairOptions options() const;
  std::string content(const std::string& path, const std::string& role, const Json& recorded,
                      Json& seen) const;
};

/// Each note on stderr, with the file.
void tell_notes(const std::string& path, const std::vector<std::string>& notes);

}  // namespace gradus::tools
