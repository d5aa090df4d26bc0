// SPDX-License-Identifier: MIT
// Settings for the format of table files, shared by all commands that read tables.
#pragma once
#include "gradus/data/csv.h"
#include "tools/cli/settings.h"

namespace gradus::tools {

struct TableSettings {
  std::string separator = "auto", decimal = "auto", missing = "auto";
  std::string encoding = "auto";
  CsvHeader header = CsvHeader::automatic;

  void list(Settings& s);
  /// Throws UsageError for a separator or decimal mark that cannot be one.
  CsvOptions options() const;
};

/// The detected peculiarities of a file, as lines of a report: "  separator ;, decimal comma\n".
std::string remarks_text(const CsvTable& table);

}  // namespace gradus::tools
