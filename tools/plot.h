// SPDX-License-Identifier: MIT
// Heat maps as files: CSV by ourselves, SVG and PNG by the program gnuplot.
#pragma once
#include <string>

#include "tools/train.h"

namespace gradus::tools {

/// "query,0:a,1:b" and a line a row, all values in full.
std::string csv_text(const AttentionPicture& picture);

/// Writes FILE.csv, FILE.svg or FILE.png in one atomic step. Throws UsageError for another name,
/// std::runtime_error when gnuplot is needed and not there, or does not do it.
void write_picture(const AttentionPicture& picture, const std::string& path);

/// The largest weight, on which the scale of a drawing ends; 1 where there is none above 0.
double largest_weight(const AttentionPicture& picture);

/// At most `limit` rows and columns: neighbouring columns are added up, rows averaged, so that a
/// row still sums to 1.
AttentionPicture coarser(const AttentionPicture& picture, int64_t limit);

}  // namespace gradus::tools
