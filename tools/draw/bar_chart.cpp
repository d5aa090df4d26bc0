// SPDX-License-Identifier: MIT
// Bar charts, on a canvas and in the terminal.
#include <algorithm>
#include <cmath>

#include "gradus/train/picture.h"
#include "tools/draw/chart.h"

namespace gradus::tools {
namespace {

constexpr double bar_height = 16, plot_width = 420, text_size = 12, bars_top = 40, bars_bottom = 50;

double names_width(const BarChart& c) {
  double most = 20;
  for (const std::string& name : c.names) most = std::max(most, text_width(name, text_size));
  return std::min(most, 240.0) + 14;
}

struct Range {
  double low = 0, high = 0;
};
Range range_of(const BarChart& c) {
  Range r;
  for (const BarChart::Series& s : c.series)
    for (double v : s.values)
      if (std::isfinite(v)) {
        r.low = std::min(r.low, v);
        r.high = std::max(r.high, v);
      }
  if (!(r.high > r.low)) r.high = r.low + 1;
  return r;
}

double group_height(const BarChart& c) {
  return bar_height * static_cast<double>(c.series.size()) + 8;
}
double key_height(const BarChart& c) { return c.series.size() > 1 ? 22 : 0; }

void draw_key(Canvas& canvas, const BarChart& c, Point at) {
  for (size_t s = 0; s < c.series.size(); ++s) {
    canvas.rectangle({at.x, at.y - 6, 12, 12}, line_colour(s));
    canvas.text({at.x + 17, at.y}, c.series[s].name, ink(), {.size = text_size});
    at.x += 17 + text_width(c.series[s].name, text_size) + 20;
  }
}

}  // namespace

Point extent(const BarChart& c) {
  const double wide = names_width(c) + plot_width + 70;
  return {std::max(wide, text_width(c.title, 14) + 20),
          bars_top + key_height(c) + group_height(c) * static_cast<double>(c.names.size()) +
              bars_bottom};
}

void draw(Canvas& canvas, const BarChart& c, Point at) {
  const Range range = range_of(c);
  const Box box{at.x + names_width(c), at.y + bars_top + key_height(c), plot_width,
                group_height(c) * static_cast<double>(c.names.size())};
  const auto x_of = [&](double v) {
    return box.x + (v - range.low) / (range.high - range.low) * box.width;
  };
  canvas.text({at.x + extent(c).x / 2, at.y + 18}, c.title, ink(),
              {.size = 14, .anchor = Anchor::middle, .bold = true});
  if (c.series.size() > 1) draw_key(canvas, c, {box.x, at.y + bars_top + 4});
  for (double v : ticks(range.low, range.high, false, 5)) {
    canvas.lines({{x_of(v), box.y}, {x_of(v), box.y + box.height}}, faint(), 0.7);
    canvas.text({x_of(v), box.y + box.height + 14}, short_number(v), ink(),
                {.size = 11, .anchor = Anchor::middle});
  }
  for (size_t n = 0; n < c.names.size(); ++n) {
    const double y = box.y + group_height(c) * static_cast<double>(n) + 4;
    canvas.text({box.x - 8, y + group_height(c) / 2 - 4}, fitted(c.names[n], text_size, 240), ink(),
                {.size = text_size, .anchor = Anchor::end});
    for (size_t s = 0; s < c.series.size(); ++s) {
      const double v = c.series[s].values[n];
      if (!std::isfinite(v)) continue;
      const double zero = x_of(0), end = x_of(v), row = y + bar_height * static_cast<double>(s);
      canvas.rectangle({std::min(zero, end), row, std::abs(end - zero), bar_height - 2},
                       line_colour(s));
      canvas.text({std::max(zero, end) + 4, row + bar_height / 2 - 1}, short_number(v), ink(),
                  {.size = 10});
    }
  }
  canvas.lines({{x_of(0), box.y}, {x_of(0), box.y + box.height}}, ink(), 1);
  canvas.text({box.x + box.width / 2, box.y + box.height + 36}, c.axis, ink(),
              {.size = text_size, .anchor = Anchor::middle});
}

std::string drawn(const BarChart& c, int64_t width) {
  const Range range = range_of(c);
  const double most = std::max(-range.low, range.high);
  size_t names = 1, keys = 0;
  for (const std::string& n : c.names) names = std::max(names, n.size());
  for (const BarChart::Series& s : c.series)
    if (c.series.size() > 1) keys = std::max(keys, s.name.size() + 1);
  names = std::min<size_t>(names, 28);
  const auto room =
      static_cast<size_t>(std::max<int64_t>(width - static_cast<int64_t>(names + keys) - 15, 8));
  std::string out = c.title + "\n";
  for (size_t n = 0; n < c.names.size(); ++n)
    for (size_t s = 0; s < c.series.size(); ++s) {
      const double v = c.series[s].values[n];
      out += "  " + padded(s == 0 ? c.names[n] : "", names, true) + " ";
      if (keys) out += padded(c.series[s].name, keys);
      const std::string value = short_number(v);
      out += std::string(std::max<size_t>(9, value.size()) - value.size(), ' ') + value + " ";
      out += bar(v, most, room);
      while (out.back() == ' ') out.pop_back();
      out += "\n";
    }
  return out + "  " + c.axis + "\n";
}

}  // namespace gradus::tools
