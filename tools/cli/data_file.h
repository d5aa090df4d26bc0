// SPDX-License-Identifier: MIT
// Data files of a training: read once, and known again by size and checksum.
#pragma once
#include "gradus/data/csv.h"
#include "gradus/io/json.h"

namespace gradus::tools {

/// Reads a table, CSV or .ts ("-": standard input), and notes its size and checksum in seen[role].
/// Throws std::runtime_error when `recorded` holds others under that role.
CsvTable read_table(const std::string& path, const std::string& role, const Json& recorded,
                    Json& seen, const CsvOptions& options = {});

/// The same for a file of any kind: its bytes.
std::string read_bytes(const std::string& path, const std::string& role, const Json& recorded,
                       Json& seen);

/// The folder that a file is in, or will be: "." without one in its name.
std::string folder_of(const std::string& file);

/// The path from the root, so that it is found from any folder; "-" and "" stay.
std::string absolute_path(const std::string& path);

}  // namespace gradus::tools
