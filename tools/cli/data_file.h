// SPDX-License-Identifier: MIT
// Data files of a training run: read once and identified by size and checksum.
#pragma once
#include "gradus/data/csv.h"
#include "gradus/io/json.h"

namespace gradus::tools {

/// Reads a table, CSV or .ts ("-": standard input), and records its size and checksum in
/// seen[role]. Throws std::runtime_error if they differ from those in `recorded`.
CsvTable read_table(const std::string& path, const std::string& role, const Json& recorded,
                    Json& seen, const CsvOptions& options = {});

/// The same for a file of any kind; returns its bytes.
std::string read_bytes(const std::string& path, const std::string& role, const Json& recorded,
                       Json& seen);

/// The bytes of a data file that is not recorded ("-": standard input). Here and above, a file
/// compressed by gzip is unpacked.
std::string read_data(const std::string& path);

/// The folder of a file, which need not exist: "." for a bare name.
std::string folder_of(const std::string& file);

/// The absolute path, valid from any folder; "-" and "" are unchanged.
std::string absolute_path(const std::string& path);

}  // namespace gradus::tools
