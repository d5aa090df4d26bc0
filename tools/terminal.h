// SPDX-License-Identifier: MIT
// Words for people on stderr, within the width of their terminal.
#pragma once
#include <cstddef>
#include <string>

namespace gradus::tools {

/// Lines broken at blanks after at most `width` columns; what goes on is indented by 4 more than
/// the line that it belongs to.
std::string folded(const std::string& lines, size_t width);

/// Prints lines on stderr, folded where that is a terminal.
void tell(const std::string& lines);

}  // namespace gradus::tools
