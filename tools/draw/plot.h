// SPDX-License-Identifier: MIT
// Pictures of attention: one map, or a sheet of all heads; as files and in the terminal.
#pragma once
#include <string>

#include "tools/draw/attention_picture.h"
#include "tools/draw/chart.h"

namespace gradus::tools {

/// "query,0:a,1:b" and one line per row, with all digits.
std::string csv_text(const AttentionPicture& picture);

/// Writes FILE.csv, FILE.svg or FILE.png atomically. Throws UsageError for another name.
void write_picture(const AttentionPicture& picture, const std::string& path);

/// All heads for one example on one sheet, ordered by layer; all have the same rows and columns.
struct AttentionSheet {
  std::string title;
  std::vector<AttentionPicture> heads{};
  int64_t across = 1;  // heads per layer
};
/// "example 3; rows: reads, columns: attends to; darkest: 0.9".
std::string sheet_title(const AttentionSheet& sheet);
/// For the terminal: a small map for each head, those of a layer side by side, on one scale.
std::string drawn(const AttentionSheet& sheet, int64_t width = 112);
/// "layer,head,query,key,weight", one line per weight.
std::string csv_text(const AttentionSheet& sheet);
/// Writes FILE.csv, FILE.svg or FILE.png like write_picture().
void write_sheet(const AttentionSheet& sheet, const std::string& path);

/// The largest weight, which is the end of the colour scale; 1 if none is above 0.
double largest_weight(const AttentionPicture& picture);
double largest_weight(const AttentionSheet& sheet);

/// Reduces to at most `limit` rows and columns: sums neighbouring columns and averages rows, so
/// that each row still sums to 1.
AttentionPicture coarser(const AttentionPicture& picture, int64_t limit);

}  // namespace gradus::tools
