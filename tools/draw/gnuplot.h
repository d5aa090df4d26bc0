// SPDX-License-Identifier: MIT
// Pictures in files, by the program gnuplot: how it is run, and what keeps it from running more.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::tools {

/// In single quotes: within double ones gnuplot runs what stands between backquotes. A line end
/// would end the quotes, and the rest would be a command: control characters become \\xNN.
std::string gnuplot_text(const std::string& words);

/// Draws what the commands say into FILE.svg or FILE.png, in one atomic step. Throws
/// std::runtime_error when gnuplot is not there, or does not do it.
void gnuplot(const std::string& path, int64_t width, int64_t height, const std::string& commands);

/// Throws std::runtime_error when gnuplot is not there; asked before long work.
void check_gnuplot();

/// The same for all files of --out, before any work: throws UsageError for a name that does not
/// end in .csv, .svg or .png, std::runtime_error for a folder that cannot be written to. "-" stands
/// for CSV on stdout.
void check_outputs(const std::vector<std::string>& paths);

}  // namespace gradus::tools
