// SPDX-License-Identifier: MIT
// Drawing SVG and PNG files with the program gnuplot.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::tools {

/// A string literal for gnuplot, in single quotes: in double quotes gnuplot would run commands in
/// backquotes. A line end would end the literal, so control characters become \\xNN.
std::string gnuplot_text(const std::string& words);

/// Draws FILE.svg or FILE.png with these commands and replaces it atomically. Throws
/// std::runtime_error if gnuplot is not installed or fails.
void gnuplot(const std::string& path, int64_t width, int64_t height, const std::string& commands);

/// Throws std::runtime_error if gnuplot is not installed; called before long work.
void check_gnuplot();

/// Checks the files of --out before any work: throws UsageError for a name that does not end in
/// .csv, .svg or .png, std::runtime_error for a folder that is not writable or if gnuplot is needed
/// and not installed. "-" is CSV on stdout.
void check_outputs(const std::vector<std::string>& paths);

}  // namespace gradus::tools
