// SPDX-License-Identifier: MIT
// Text output for users: folded to the width of the terminal, with control characters from files
// and models escaped.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace gradus::tools {

/// Breaks lines at blanks after at most `width` columns; continuation lines are indented by
/// `hanging` more than the line they continue.
std::string folded(const std::string& lines, size_t width, size_t hanging = 4);

/// Prints lines on stderr, folded if that is a terminal, and escaped like print_text().
void tell(const std::string& lines);

/// Prints a help text on stdout. On a terminal its lines are folded; descriptions, which begin at
/// `column`, stay in their column.
void print_help(const std::string& text, size_t column);

/// Prints text with control characters escaped: those of a path, a label or a sample could move the
/// cursor, change the terminal's settings or hide earlier output.
void print_text(std::FILE* to, const std::string& text);

/// "1 tensor", "2 tensors"; the plural of `thing` has an s.
std::string counted(int64_t n, const std::string& thing);

/// Prints data for programs on stdout: unchanged to a file or a pipe, escaped on a terminal.
void print_data(const std::string& text);

}  // namespace gradus::tools
