// SPDX-License-Identifier: MIT
// Reading files of pairs: translations, and texts with their classes.
#pragma once
#include "gradus/data/text_pairs.h"
#include "gradus/io/json.h"
#include "tools/cli/settings.h"

namespace gradus::tools {

struct PairSettings {
  HeaderLine header = HeaderLine::automatic;
  std::string columns = "auto", encoding = "utf-8";
  bool skip_bad = false;
  bool labels = false;  // the second side is a class

  void list(Settings& s);
  /// Throws UsageError for an invalid choice of columns.
  void check() const;
  /// Reads a file and records in `seen` its size, its checksum and whether it has a header. For a
  /// file that was read before, `recorded` decides whether line 1 is a header.
  TextPairs read(const std::string& path, const std::string& role, const Json& recorded,
                 Json& seen) const;
  /// The first sides alone, of lines with or without a second one. Empty lines give empty texts.
  TextPairs read_texts(const std::string& path, Json& seen) const;

 private:
  PairOptions options() const;
  std::string content(const std::string& path, const std::string& role, const Json& recorded,
                      Json& seen) const;
};

/// Prints each note on stderr, with the file.
void tell_notes(const std::string& path, const std::vector<std::string>& notes);

}  // namespace gradus::tools
