// SPDX-License-Identifier: MIT
// Words on their way to people: folded to the width of their terminal, with whatever came from a
// file or a model made harmless.
#pragma once
#include <cstddef>
#include <cstdio>
#include <string>

namespace gradus::tools {

/// Lines broken at blanks after at most `width` columns; what goes on is indented by `hanging` more
/// than the line that it belongs to.
std::string folded(const std::string& lines, size_t width, size_t hanging = 4);

/// Prints lines on stderr, folded where that is a terminal, and escaped as by print_text().
void tell(const std::string& lines);

/// Words for people, with control characters escaped: those of a path, a label or a sample could
/// move the cursor, change the terminal's settings or hide what stands before.
void print_text(std::FILE* to, const std::string& text);

/// Data for programs on stdout: byte for byte into a file or a pipe, escaped on a terminal.
void print_data(const std::string& text);

}  // namespace gradus::tools
