// SPDX-License-Identifier: MIT
// Heat maps on a canvas: cells with their values, labels, and a colour bar.
#include <algorithm>
#include <cmath>

#include "tools/draw/chart.h"

namespace gradus::tools {
namespace {

constexpr double size_of_text = 12, title_size = 14, line_height = 18, colour_bar_width = 14;

double widest(const std::vector<std::string>& labels, double size) {
  double most = size;
  for (const std::string& label : labels) most = std::max(most, text_width(label, size));
  return std::min(most, 220.0);
}

Colour colour_of(const HeatMap& m, double v) {
  if (!std::isfinite(v)) return faint();
  if (m.diverging) return diverging(v / std::max({std::abs(m.low), std::abs(m.high), 1e-300}));
  return sequential((v - m.low) / std::max(m.high - m.low, 1e-300));
}

// Cells of 24 to 44 points for small maps, smaller ones for large maps.
double cell_of(const HeatMap& m) {
  const size_t longer = std::max({m.rows.size(), m.cols.size(), size_t{1}});
  return std::clamp(720.0 / static_cast<double>(longer), 3.0, 44.0);
}

// Column labels are drawn vertically if they are wider than their cell.
bool upright(const HeatMap& m, double cell, double size) { return widest(m.cols, size) > cell - 4; }

struct Layout {
  double cell, left, top, right, bottom;
};
Layout layout_of(const HeatMap& m) {
  const double cell = cell_of(m);
  const double labels =
      upright(m, cell, size_of_text) ? widest(m.cols, size_of_text) : size_of_text;
  return {cell, widest(m.rows, size_of_text) + 34, 2 * line_height, colour_bar_width + 80,
          labels + line_height + 18};
}

// The value inside its cell, as many digits as fit; nothing in cells that are too small.
void write_value(Canvas& canvas, const Box& cell, double v, Colour background) {
  const double size = std::min(11.0, cell.height * 0.4);
  if (size < 7) return;
  const std::string words = short_number(std::round(v * 100) / 100);
  if (text_width("0.00", size) > cell.width - 2) return;  // all cells of a map show theirs or none
  canvas.text({cell.x + cell.width / 2, cell.y + cell.height / 2}, words, readable_on(background),
              {.size = size, .anchor = Anchor::middle});
}

void colour_bar(Canvas& canvas, const HeatMap& m, const Box& box) {
  constexpr int parts = 64;
  for (int i = 0; i < parts; ++i) {
    const double share = (i + 0.5) / parts, part = box.height / parts;
    canvas.rectangle({box.x, box.y + box.height - (i + 1) * part, box.width, part},
                     colour_of(m, m.low + share * (m.high - m.low)));
  }
  for (double v : ticks(m.low, m.high, false, box.height > 100 ? 5 : 2)) {
    const double share = (v - m.low) / std::max(m.high - m.low, 1e-300);
    canvas.text({box.x + box.width + 4, box.y + box.height * (1 - share)}, short_number(v), ink(),
                {.size = 10});
  }
  canvas.text({box.x + box.width + 46, box.y + box.height / 2}, m.value_axis, ink(),
              {.size = 11, .anchor = Anchor::middle, .upward = true});
}

}  // namespace

void draw_cells(Canvas& canvas, const HeatMap& m, const Box& box, double label_size) {
  const double rows = static_cast<double>(m.rows.size()), cols = static_cast<double>(m.cols.size());
  const double wide = box.width / std::max(cols, 1.0), high = box.height / std::max(rows, 1.0);
  for (size_t r = 0, i = 0; r < m.rows.size(); ++r)
    for (size_t c = 0; c < m.cols.size(); ++c, ++i) {
      const Box cell{box.x + wide * static_cast<double>(c), box.y + high * static_cast<double>(r),
                     wide, high};
      const Colour fill = colour_of(m, m.values[i]);
      canvas.rectangle(cell, fill);
      write_value(canvas, cell, m.values[i], fill);
    }
  canvas.lines({{box.x, box.y},
                {box.x + box.width, box.y},
                {box.x + box.width, box.y + box.height},
                {box.x, box.y + box.height},
                {box.x, box.y}},
               faint(), 1);
  const auto every = [&](double room) {
    return std::max<size_t>(1, static_cast<size_t>(std::ceil((label_size + 2) / room)));
  };
  for (size_t r = 0; r < m.rows.size(); r += every(high))
    canvas.text({box.x - 5, box.y + high * (static_cast<double>(r) + 0.5)},
                fitted(m.rows[r], label_size, 220), ink(),
                {.size = label_size, .anchor = Anchor::end});
  const bool turned = upright(m, wide, label_size);
  for (size_t c = 0; c < m.cols.size(); c += turned ? every(wide) : 1)
    canvas.text(
        {box.x + wide * (static_cast<double>(c) + 0.5),
         box.y + box.height + (turned ? 6 : label_size)},
        fitted(m.cols[c], label_size, 220), ink(),
        {.size = label_size, .anchor = turned ? Anchor::end : Anchor::middle, .upward = turned});
}

Point extent(const HeatMap& m) {
  const Layout l = layout_of(m);
  const double cells = l.cell * static_cast<double>(m.cols.size());
  constexpr double bold = 1.12;  // wider than text_width() estimates
  return {std::max(l.left + cells + l.right, bold * text_width(m.title, title_size) + 20),
          l.top + l.cell * static_cast<double>(m.rows.size()) + l.bottom};
}

void draw(Canvas& canvas, const HeatMap& m, Point at) {
  const Layout l = layout_of(m);
  const Point size = extent(m);
  const double cells = l.cell * static_cast<double>(m.cols.size());
  const double middle = (size.x - l.left - cells - l.right) / 2;  // below a wide title
  const Box box{at.x + l.left + middle, at.y + l.top, cells,
                l.cell * static_cast<double>(m.rows.size())};
  canvas.text({at.x + size.x / 2, at.y + line_height}, m.title, ink(),
              {.size = title_size, .anchor = Anchor::middle, .bold = true});
  draw_cells(canvas, m, box, size_of_text);
  canvas.text({box.x + box.width / 2, at.y + size.y - 10}, m.col_axis, ink(),
              {.size = size_of_text, .anchor = Anchor::middle});
  canvas.text({at.x + middle + 12, box.y + box.height / 2}, m.row_axis, ink(),
              {.size = size_of_text, .anchor = Anchor::middle, .upward = true});
  colour_bar(canvas, m, {box.x + box.width + 12, box.y, colour_bar_width, box.height});
}

}  // namespace gradus::tools
