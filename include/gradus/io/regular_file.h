// SPDX-License-Identifier: MIT
// Reading files that must be regular files.
#pragma once
#include <string>

namespace gradus {

/// All bytes of a regular file. Throws std::runtime_error for anything else: in a run or an
/// imported folder a device or pipe is a mistake or an attack, and reading it might never end.
std::string read_regular_file(const std::string& path);

}  // namespace gradus
