// SPDX-License-Identifier: MIT
// Pictures in files, by the program gnuplot: how it is run, and what keeps it from running more.
#pragma once
#include <cstdint>
#include <string>

namespace gradus::tools {

/// In single quotes: within double ones gnuplot runs what stands between backquotes.
std::string gnuplot_text(const std::string& words);

/// Draws what the commands say into FILE.svg or FILE.png, in one atomic step. Throws
/// std::runtime_error when gnuplot is not there, or does not do it.
void gnuplot(const std::string& path, int64_t width, int64_t height, const std::string& commands);

/// Throws std::runtime_error when gnuplot is not there; asked before long work.
void check_gnuplot();

}  // namespace gradus::tools
