// SPDX-License-Identifier: MIT
// Attention as heat maps: files, and sheets of several maps.
#include "tools/draw/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

#include "gradus/io/file.h"
#include "gradus/train/picture.h"
#include "tools/cli/cli.h"
#include "tools/draw/table.h"

namespace gradus::tools {
namespace {

HeatMap map_of(const AttentionPicture& p, double darkest) {
  return {.title = p.title,
          .row_axis = p.row_axis,
          .col_axis = p.col_axis,
          .rows = p.rows,
          .cols = p.cols,
          .values = p.weights.to_vector<double>(),
          .high = darkest};
}

}  // namespace

double largest_weight(const AttentionPicture& p) {
  double largest = 0;
  for (double w : p.weights.to_vector<double>()) largest = std::max(largest, w);
  return largest > 0 ? largest : 1;
}

double largest_weight(const AttentionSheet& sheet) {
  double largest = 0;
  for (const AttentionPicture& p : sheet.heads) largest = std::max(largest, largest_weight(p));
  return largest;
}

std::string csv_text(const AttentionPicture& p) {
  const std::vector<double> w = p.weights.to_vector<double>();
  std::string out = "query";
  for (size_t c = 0; c < p.cols.size(); ++c)
    out += text({",", csv_cell(text({c, ":", p.cols[c]}))});
  out += "\n";
  for (size_t r = 0, i = 0; r < p.rows.size(); ++r, out += "\n") {
    out += csv_cell(text({r, ":", p.rows[r]}));
    for (size_t c = 0; c < p.cols.size(); ++c, ++i) out += text({",", w[i]});
  }
  return out;
}

void write_picture(const AttentionPicture& p, const std::string& path) {
  if (path.ends_with(".csv")) return write_file(path, csv_text(p));
  write_chart(map_of(p, largest_weight(p)), path);
}

// ---- sheets

std::string sheet_title(const AttentionSheet& sheet) {
  char darkest[32];
  std::snprintf(darkest, sizeof darkest, "%.2g", largest_weight(sheet));
  const AttentionPicture& first = sheet.heads.at(0);
  return text({sheet.title, "; rows: ", first.row_axis, ", columns: ", first.col_axis,
               "; darkest: ", darkest});
}

std::string csv_text(const AttentionSheet& sheet) {
  std::string out = "layer,head,query,key,weight\n";
  for (const AttentionPicture& p : sheet.heads) {
    const std::vector<double> w = p.weights.to_vector<double>();
    for (size_t r = 0, i = 0; r < p.rows.size(); ++r)
      for (size_t c = 0; c < p.cols.size(); ++c, ++i)
        out += text({p.layer, ",", p.head, ",", csv_cell(text({r, ":", p.rows[r]})), ",",
                     csv_cell(text({c, ":", p.cols[c]})), ",", w[i], "\n"});
  }
  return out;
}

void write_sheet(const AttentionSheet& sheet, const std::string& path) {
  if (path.ends_with(".csv")) return write_file(path, csv_text(sheet));
  const AttentionPicture& first = sheet.heads.at(0);
  const auto longer =
      static_cast<double>(std::max({first.rows.size(), first.cols.size(), size_t{1}}));
  const double side = std::clamp(longer * 11, 180.0, 340.0), cell = side / longer;
  const double label = std::clamp(cell * 0.8, 5.0, 9.0);
  double names = 0;
  for (const auto* labels : {&first.rows, &first.cols})
    for (const std::string& l : *labels) names = std::max(names, text_width(l, label));
  names = std::min(names, 90.0);
  const double across = side + names + 24, down = side + names + 44;
  const auto columns = static_cast<double>(sheet.across);
  const double layers = std::ceil(static_cast<double>(sheet.heads.size()) / columns);
  const std::string title = sheet_title(sheet);
  const Point size{std::max(columns * across + 16, text_width(title, 13) + 20), layers * down + 40};
  write_drawing(path, size, title, [&](Canvas& canvas) {
    canvas.text({size.x / 2, 18}, title, ink(),
                {.size = 13, .anchor = Anchor::middle, .bold = true});
    for (size_t i = 0; i < sheet.heads.size(); ++i) {
      HeatMap map = map_of(sheet.heads[i], largest_weight(sheet));
      const Box box{
          static_cast<double>(i % static_cast<size_t>(sheet.across)) * across + names + 16,
          static_cast<double>(i / static_cast<size_t>(sheet.across)) * down + 60,
          cell * static_cast<double>(map.cols.size()), cell * static_cast<double>(map.rows.size())};
      for (auto* labels : {&map.rows, &map.cols})
        for (std::string& l : *labels) l = fitted(l, label, 90);
      canvas.text({box.x + box.width / 2, box.y - 10}, map.title, ink(),
                  {.size = 11, .anchor = Anchor::middle});
      draw_cells(canvas, map, box, label);
    }
  });
}

namespace {

constexpr size_t margin_columns = 7, gap_columns = 2;  // columns before the maps, and between two

// The maps of a few heads side by side.
std::string side_by_side(std::span<const AttentionPicture> maps, size_t cell, double darkest) {
  const size_t rows = maps[0].rows.size(), cols = maps[0].cols.size();
  const size_t wide = std::max<size_t>(cell * cols, 8) + gap_columns;
  std::string out(margin_columns, ' ');
  for (const AttentionPicture& p : maps) out += padded(p.title, wide);
  out += "\n";
  for (size_t r = 0; r < rows; ++r, out += "\n") {
    out += padded(maps[0].rows[r], margin_columns - 1, true) + " ";
    for (const AttentionPicture& p : maps) {
      const std::vector<double> w = p.weights.to_vector<double>();
      for (size_t c = 0; c < cols; ++c) out += shade(w[r * cols + c] / darkest, cell);
      out += std::string(wide - cell * cols, ' ');
    }
  }
  return out;
}

}  // namespace

std::string drawn(const AttentionSheet& sheet, int64_t width) {
  const int64_t across = std::min<int64_t>(sheet.across, (width - 7) / 10);
  const int64_t room = std::clamp<int64_t>(
      (width - static_cast<int64_t>(margin_columns)) / across - static_cast<int64_t>(gap_columns),
      8, 32);
  std::vector<AttentionPicture> maps;
  for (const AttentionPicture& p : sheet.heads) {
    maps.push_back(coarser(p, room));
    maps.back().title = text({"L", p.layer, " H", p.head});
  }
  const size_t cell = 2 * static_cast<int64_t>(maps.at(0).cols.size()) <= room ? 2 : 1;
  std::string out;
  for (size_t layer = 0; layer < maps.size(); layer += static_cast<size_t>(sheet.across))
    for (size_t h = 0; h < static_cast<size_t>(sheet.across); h += static_cast<size_t>(across)) {
      const size_t count =
          std::min(static_cast<size_t>(across), static_cast<size_t>(sheet.across) - h);
      out += side_by_side(std::span(maps).subspan(layer + h, count), cell, largest_weight(sheet)) +
             "\n";
    }
  return out;
}

AttentionPicture coarser(const AttentionPicture& p, int64_t limit) {
  const size_t rows = p.rows.size(), cols = p.cols.size(), most = static_cast<size_t>(limit);
  if (rows <= most && cols <= most) return p;
  const size_t down = (rows + most - 1) / most, across = (cols + most - 1) / most;
  AttentionPicture q;
  q.title = p.title;
  q.row_axis = p.row_axis;
  q.col_axis = p.col_axis;
  for (size_t r = 0; r < rows; r += down) q.rows.push_back(p.rows[r]);
  for (size_t c = 0; c < cols; c += across) q.cols.push_back(p.cols[c]);
  std::vector<double> sums(q.rows.size() * q.cols.size());
  const std::vector<double> w = p.weights.to_vector<double>();
  for (size_t r = 0; r < rows; ++r) {
    const size_t first = r / down * down, together = std::min(down, rows - first);
    for (size_t c = 0; c < cols; ++c)
      sums[r / down * q.cols.size() + c / across] +=
          w[r * cols + c] / static_cast<double>(together);
  }
  q.weights =
      zeros({static_cast<int64_t>(q.rows.size()), static_cast<int64_t>(q.cols.size())}, DType::f64);
  std::copy(sums.begin(), sums.end(), q.weights.mutable_data<double>());
  return q;
}

}  // namespace gradus::tools
