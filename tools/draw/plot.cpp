// SPDX-License-Identifier: MIT
// Heat maps: scripts for gnuplot, CSV, and sheets of several maps.
#include "tools/draw/plot.h"

#include <algorithm>
#include <cstdio>
#include <span>

#include "gradus/io/file.h"
#include "gradus/train/picture.h"
#include "tools/cli/cli.h"
#include "tools/draw/gnuplot.h"
#include "tools/draw/table.h"

namespace gradus::tools {
namespace {

size_t widest(const std::vector<std::string>& labels) {
  size_t most = 1;
  for (const std::string& label : labels) most = std::max(most, label.size());
  return most;
}

// ("a" 0, "b" 1, ...): every n-th if the `room` for each is less than needed.
std::string tics(const std::vector<std::string>& labels, int64_t room, size_t needed) {
  const size_t every = (needed + static_cast<size_t>(room) - 1) / static_cast<size_t>(room);
  std::string out;
  for (size_t i = 0; i < labels.size(); i += every)
    out += (i ? ", " : "") + gnuplot_text(labels[i]) + " " + std::to_string(i);
  return "(" + out + ")";
}

struct Extent {
  int64_t cell, width, height;
};
// The size of a drawing: a map of 200 to 720 points, plus title, labels and colour bar.
Extent extent(const AttentionPicture& p) {
  const auto rows = static_cast<int64_t>(p.rows.size()), cols = static_cast<int64_t>(p.cols.size());
  const int64_t longer = std::max<int64_t>({rows, cols, 1});
  const int64_t cell = std::clamp<int64_t>(720 / longer, 4, std::max<int64_t>(36, 200 / longer));
  const int64_t left = static_cast<int64_t>(widest(p.rows)) * 8 + 180;
  const int64_t title = static_cast<int64_t>(p.title.size()) * 8 + 160;
  return {cell, std::max(cols * cell + left, title), rows * cell + 130};
}

// Each cell as "column row weight", with a blank line after each row.
std::string cells(const AttentionPicture& p) {
  const std::vector<double> w = p.weights.to_vector<double>();
  std::string s = "$cells << EOD\n";
  for (size_t r = 0, i = 0; r < p.rows.size(); ++r, s += "\n")
    for (size_t c = 0; c < p.cols.size(); ++c, ++i) s += text({c, " ", r, " ", w[i], "\n"});
  return s + "EOD\n";
}

// One map; tics set by the caller are drawn beside it.
std::string map_of(const AttentionPicture& p, double darkest, bool svg) {
  const auto rows = static_cast<double>(p.rows.size()), cols = static_cast<double>(p.cols.size());
  // An image has no seams, but gnuplot cannot draw one with a single row or column.
  const bool image = p.rows.size() > 1 && p.cols.size() > 1;
  const std::string plot =
      image ? svg ? "with image pixels" : "with image"
            : "using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fill solid noborder "
              "linecolor palette";
  return cells(p) + "set title " + gnuplot_text(p.title) +
         text({"\nset cbrange [0:", darkest, "]"}) +
         text({"\nset xrange [-0.5:", cols - 0.5, "]\nset yrange [", rows - 0.5, ":-0.5]"}) +
         text({"\nset size ratio ", rows / cols}) +
         "\nset palette defined (0 \"#ffffff\", 0.35 \"#a6cfe3\", 0.7 \"#2f79b5\", "
         "1 \"#08264f\")\nplot $cells " +
         plot + " notitle\n";
}

std::string commands(const AttentionPicture& p, const Extent& size, bool svg) {
  return "set xlabel " + gnuplot_text(p.col_axis) + "\nset ylabel " + gnuplot_text(p.row_axis) +
         "\nset cblabel \"weight\"\nset xtics scale 0 " +
         tics(p.cols, size.cell, widest(p.cols) * 8 + 8) + "\nset ytics scale 0 " +
         tics(p.rows, size.cell, 18) + "\n" + map_of(p, largest_weight(p), svg);
}

bool is_svg(const std::string& path) {
  if (!path.ends_with(".svg") && !path.ends_with(".png"))
    usage_error({"--out ", printable(path, 200), ": the name must end in .csv, .svg or .png"});
  return path.ends_with(".svg");
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
  const bool svg = is_svg(path);
  const Extent size = extent(p);
  gnuplot(path, size.width, size.height, commands(p, size, svg));
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
  const bool svg = is_svg(path);
  const AttentionPicture& first = sheet.heads.at(0);
  const auto longer =
      std::max<int64_t>(1, static_cast<int64_t>(std::max(first.rows.size(), first.cols.size())));
  const int64_t side = std::clamp<int64_t>(longer * 11, 180, 340);
  const int64_t room = std::max<int64_t>(1, side / longer);
  const int64_t down = (static_cast<int64_t>(sheet.heads.size()) + sheet.across - 1) / sheet.across;
  const double darkest = largest_weight(sheet);
  std::string script =
      text({"set multiplot layout ", down, ",", sheet.across, " title ",
            gnuplot_text(sheet_title(sheet)), "\nunset colorbox\nset lmargin 7\nset rmargin 1\n",
            "set tmargin 4\nset bmargin 4\nset xtics scale 0 font \",7\" rotate ",
            tics(first.cols, room, 10), "\nset ytics scale 0 font \",7\" ",
            tics(first.rows, room, 10), "\n"});
  for (const AttentionPicture& p : sheet.heads) script += map_of(p, darkest, svg);
  const auto title = static_cast<int64_t>(sheet_title(sheet).size()) * 8 + 60;
  gnuplot(path, std::max(sheet.across * (side + 60), title), down * (side + 110) + 40,
          script + "unset multiplot\n");
}

namespace {

constexpr size_t left = 7, between = 2;  // columns before the maps, and between two

// The maps of a few heads side by side.
std::string side_by_side(std::span<const AttentionPicture> maps, size_t cell, double darkest) {
  const size_t rows = maps[0].rows.size(), cols = maps[0].cols.size();
  const size_t wide = std::max<size_t>(cell * cols, 8) + between;
  std::string out(left, ' ');
  for (const AttentionPicture& p : maps) out += padded(p.title, wide);
  out += "\n";
  for (size_t r = 0; r < rows; ++r, out += "\n") {
    out += padded(maps[0].rows[r], left - 1, true) + " ";
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
      (width - static_cast<int64_t>(left)) / across - static_cast<int64_t>(between), 8, 32);
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
