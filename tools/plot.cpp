// SPDX-License-Identifier: MIT
// Heat maps: the script that gnuplot is given.
#include "tools/plot.h"

#include <algorithm>

#include "gradus/io/file.h"
#include "tools/gnuplot.h"

namespace gradus::tools {
namespace {

size_t widest(const std::vector<std::string>& labels) {
  size_t most = 1;
  for (const std::string& label : labels) most = std::max(most, label.size());
  return most;
}

// ("a" 0, "b" 1, ...): every n-th where `room` for each is less than it needs.
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
// A drawing of 200 to 720 points, with room for title, labels and colour bar.
Extent extent(const AttentionPicture& p) {
  const auto rows = static_cast<int64_t>(p.rows.size()), cols = static_cast<int64_t>(p.cols.size());
  const int64_t longer = std::max<int64_t>({rows, cols, 1});
  const int64_t cell = std::clamp<int64_t>(720 / longer, 4, std::max<int64_t>(36, 200 / longer));
  const int64_t left = static_cast<int64_t>(widest(p.rows)) * 8 + 180;
  const int64_t title = static_cast<int64_t>(p.title.size()) * 8 + 160;
  return {cell, std::max(cols * cell + left, title), rows * cell + 130};
}

// Each cell as "column row weight", a blank line behind each row.
std::string cells(const AttentionPicture& p) {
  const std::vector<double> w = p.weights.to_vector<double>();
  std::string s = "$cells << EOD\n";
  for (size_t r = 0, i = 0; r < p.rows.size(); ++r, s += "\n")
    for (size_t c = 0; c < p.cols.size(); ++c, ++i) s += text({c, " ", r, " ", w[i], "\n"});
  return s + "EOD\n";
}

std::string commands(const AttentionPicture& p, const Extent& size, bool svg) {
  const auto rows = static_cast<double>(p.rows.size()), cols = static_cast<double>(p.cols.size());
  // An image has no seams, but gnuplot draws none of a single row or column.
  const bool image = p.rows.size() > 1 && p.cols.size() > 1;
  const std::string plot =
      image ? svg ? "with image pixels" : "with image"
            : "using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fill solid noborder "
              "linecolor palette";
  return cells(p) + "set title " + gnuplot_text(p.title) +
         "\nset xlabel " + gnuplot_text(p.col_axis) + "\nset ylabel " + gnuplot_text(p.row_axis) +
         "\nset cblabel \"weight\"" + text({"\nset cbrange [0:", largest_weight(p), "]"}) +
         "\nset xtics scale 0 " + tics(p.cols, size.cell, widest(p.cols) * 8 + 8) +
         "\nset ytics scale 0 " + tics(p.rows, size.cell, 18) +
         text({"\nset xrange [-0.5:", cols - 0.5, "]\nset yrange [", rows - 0.5, ":-0.5]"}) +
         text({"\nset size ratio ", rows / cols}) +
         "\nset palette defined (0 \"#ffffff\", 0.35 \"#a6cfe3\", 0.7 \"#2f79b5\", "
         "1 \"#08264f\")\nplot $cells " + plot + " notitle\n";
}

}  // namespace

double largest_weight(const AttentionPicture& p) {
  double largest = 0;
  for (double w : p.weights.to_vector<double>()) largest = std::max(largest, w);
  return largest > 0 ? largest : 1;
}

std::string csv_text(const AttentionPicture& p) {
  const std::vector<double> w = p.weights.to_vector<double>();
  std::string out = "query";
  for (size_t c = 0; c < p.cols.size(); ++c) out += text({",", c, ":", p.cols[c]});
  out += "\n";
  for (size_t r = 0, i = 0; r < p.rows.size(); ++r, out += "\n") {
    out += text({r, ":", p.rows[r]});
    for (size_t c = 0; c < p.cols.size(); ++c, ++i) out += text({",", w[i]});
  }
  return out;
}

void write_picture(const AttentionPicture& p, const std::string& path) {
  const bool svg = path.ends_with(".svg");
  if (path.ends_with(".csv")) return write_file(path, csv_text(p));
  if (!svg && !path.ends_with(".png"))
    usage_error({"--out ", printable(path, 200), ": the name must end in .csv, .svg or .png"});
  const Extent size = extent(p);
  gnuplot(path, size.width, size.height, commands(p, size, svg));
}

AttentionPicture coarser(const AttentionPicture& p, int64_t limit) {
  const size_t rows = p.rows.size(), cols = p.cols.size(), most = static_cast<size_t>(limit);
  if (rows <= most && cols <= most) return p;
  const size_t down = (rows + most - 1) / most, across = (cols + most - 1) / most;
  AttentionPicture q;
  q.title = p.title, q.row_axis = p.row_axis, q.col_axis = p.col_axis;
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
  q.weights = zeros({static_cast<int64_t>(q.rows.size()), static_cast<int64_t>(q.cols.size())},
                    DType::f64);
  std::copy(sums.begin(), sums.end(), q.weights.mutable_data<double>());
  return q;
}

}  // namespace gradus::tools
