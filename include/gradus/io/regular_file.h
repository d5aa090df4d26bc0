// SPDX-License-Identifier: MIT
// Files of which a program expects that they are files.
#pragma once
#include <string>

namespace gradus {

/// All bytes of a regular file: one of a run or of an imported folder, where a device or a pipe is
/// a mistake or a trap, and could be read for ever. Throws std::runtime_error for anything else.
std::string read_regular_file(const std::string& path);

}  // namespace gradus
