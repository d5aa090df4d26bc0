// SPDX-License-Identifier: MIT
// Heat maps as files, CSV by ourselves, SVG and PNG by the program gnuplot; lines, the same and in
// the terminal.
#pragma once
#include <string>

#include "tools/draw/attention_picture.h"

namespace gradus::tools {

/// "query,0:a,1:b" and a line a row, all values in full.
std::string csv_text(const AttentionPicture& picture);

/// Writes FILE.csv, FILE.svg or FILE.png in one atomic step. Throws UsageError for another name,
/// std::runtime_error when gnuplot is needed and not there, or does not do it.
void write_picture(const AttentionPicture& picture, const std::string& path);

/// All heads of one example on one sheet, in the order of layers; the same rows and columns in all.
struct AttentionSheet {
  std::string title;
  std::vector<AttentionPicture> heads{};
  int64_t across = 1;  // heads of a layer
};
/// "example 3; rows: reads, columns: looks at; darkest: 0.9".
std::string sheet_title(const AttentionSheet& sheet);
/// In the terminal: a small map for each head, those of a layer side by side, in one scale.
std::string drawn(const AttentionSheet& sheet, int64_t width = 112);
/// "layer,head,query,key,weight", a line a weight.
std::string csv_text(const AttentionSheet& sheet);
/// Writes FILE.csv, FILE.svg or FILE.png as write_picture() does.
void write_sheet(const AttentionSheet& sheet, const std::string& path);

/// The largest weight, on which the scale of a drawing ends; 1 where there is none above 0.
double largest_weight(const AttentionPicture& picture);
double largest_weight(const AttentionSheet& sheet);

/// At most `limit` rows and columns: neighbouring columns are added up, rows averaged, so that a
/// row still sums to 1.
AttentionPicture coarser(const AttentionPicture& picture, int64_t limit);

/// Lines over numbers. Points that are not finite are left out, and on a logarithmic axis those
/// that are not above 0.
struct LineChart {
  struct Line {
    std::string name;
    std::vector<double> x{}, y{};
  };
  std::string title, x_axis, y_axis;
  bool log_x = false, log_y = false;
  bool from_zero = true;  // the y axis, where it is not logarithmic
  std::vector<Line> lines{};
};

/// In characters of ASCII, at most `width` of them in a line; each line has a mark of its own,
/// and where two meet the earlier one is seen.
std::string drawn(const LineChart& chart, int64_t width = 78, int64_t height = 17);

/// Writes FILE.svg or FILE.png in one atomic step; throws as write_picture().
void write_chart(const LineChart& chart, const std::string& path);

}  // namespace gradus::tools
