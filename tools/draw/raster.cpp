// SPDX-License-Identifier: MIT
// Pixels: each is covered by as much of a shape as lies within half a pixel of its centre.
#include "tools/draw/raster.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "gradus/base/error.h"
#include "tools/draw/stroke_font.h"

namespace gradus::tools {
namespace {

double distance(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double t =
      length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

void big_endian(std::string& out, uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift & 0xFF);
}

// A chunk of a PNG file: length, name, data, and the checksum of the last two.
void chunk(std::string& out, const std::string& name, const std::string& data) {
  big_endian(out, static_cast<uint32_t>(data.size()));
  const std::string body = name + data;
  out += body;
  big_endian(out, static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(body.data()),
                                              static_cast<uInt>(body.size()))));
}

std::string compressed(const std::string& data) {
  uLongf size = compressBound(data.size());
  std::string out(size, 0);
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(data.data()), data.size(), 9) != Z_OK)
    throw std::runtime_error("zlib could not compress a picture");
  out.resize(size);
  return out;
}

}  // namespace

RasterCanvas::RasterCanvas(double width, double height, double scale)
    : width_(std::max<int64_t>(1, std::lround(width * scale))),
      height_(std::max<int64_t>(1, std::lround(height * scale))),
      scale_(scale),
      pixels_(static_cast<size_t>(width_ * height_ * 3), 255) {}

Colour RasterCanvas::at(int64_t x, int64_t y) const {
  const uint8_t* p = &pixels_[static_cast<size_t>((y * width_ + x) * 3)];
  return {p[0], p[1], p[2]};
}

void RasterCanvas::blend(int64_t x, int64_t y, Colour c, double share) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_ || share <= 0) return;
  uint8_t* p = &pixels_[static_cast<size_t>((y * width_ + x) * 3)];
  const uint8_t colour[] = {c.red, c.green, c.blue};
  for (size_t k = 0; k < 3; ++k)
    p[k] = static_cast<uint8_t>(std::lround(p[k] + std::min(share, 1.0) * (colour[k] - p[k])));
}

// Edges on whole pixels, so that neighbouring cells meet without a seam.
void RasterCanvas::rectangle(const Box& b, Colour fill) {
  const auto x0 = std::lround(b.x * scale_), x1 = std::lround((b.x + b.width) * scale_);
  const auto y0 = std::lround(b.y * scale_), y1 = std::lround((b.y + b.height) * scale_);
  for (int64_t y = y0; y < y1; ++y)
    for (int64_t x = x0; x < x1; ++x) blend(x, y, fill, 1);
}

void RasterCanvas::segment(Point a, Point b, Colour colour, double width) {
  const double reach = width / 2 + 1;
  const auto from = [&](double u, double v) {
    return static_cast<int64_t>(std::floor(std::min(u, v) - reach));
  };
  const auto to = [&](double u, double v) {
    return static_cast<int64_t>(std::ceil(std::max(u, v) + reach));
  };
  for (int64_t y = std::max<int64_t>(from(a.y, b.y), 0); y <= std::min(to(a.y, b.y), height_ - 1);
       ++y)
    for (int64_t x = std::max<int64_t>(from(a.x, b.x), 0); x <= std::min(to(a.x, b.x), width_ - 1);
         ++x) {
      const Point centre{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
      blend(x, y, colour, width / 2 + 0.5 - distance(centre, a, b));
    }
}

void RasterCanvas::lines(const std::vector<Point>& points, Colour colour, double width) {
  for (size_t i = 1; i < points.size(); ++i)
    segment({points[i - 1].x * scale_, points[i - 1].y * scale_},
            {points[i].x * scale_, points[i].y * scale_}, colour, width * scale_);
}

void RasterCanvas::dot(Point c, double radius, Colour fill) {
  const Point at{c.x * scale_, c.y * scale_};
  segment(at, at, fill, 2 * radius * scale_);
}

void RasterCanvas::text(Point at, const std::string& words, Colour colour, const TextStyle& style) {
  const std::vector<Glyph> all = glyphs(printable(words, words.npos));
  const double unit = style.size * scale_ * 0.115;
  double length = 0;
  for (const Glyph& g : all) length += g.advance;
  const double start = style.anchor == Anchor::start    ? 0
                       : style.anchor == Anchor::middle ? -length / 2
                                                        : -length;
  // From the font's grid to pixels; the text is centred at half the height of a capital.
  const auto place = [&](Point p, double pen) {
    const double along = (start + pen + p.x) * unit, up = (p.y - 3) * unit;
    return style.upward ? Point{at.x * scale_ - up, at.y * scale_ - along}
                        : Point{at.x * scale_ + along, at.y * scale_ - up};
  };
  double pen = 0;
  for (const Glyph& g : all) {
    for (const auto& stroke : g.strokes)
      for (size_t i = 1; i < stroke.size(); ++i)
        segment(place(stroke[i - 1], pen), place(stroke[i], pen), colour,
                unit * (style.bold ? 1.1 : 0.75));
    pen += g.advance;
  }
}

std::string RasterCanvas::png() const {
  std::string header, rows;
  big_endian(header, static_cast<uint32_t>(width_));
  big_endian(header, static_cast<uint32_t>(height_));
  header += std::string("\x08\x02\x00\x00\x00", 5);  // 8 bits, red green blue, not interlaced
  for (int64_t y = 0; y < height_; ++y) {
    rows += '\0';  // the row is not filtered
    rows.append(reinterpret_cast<const char*>(&pixels_[static_cast<size_t>(y * width_ * 3)]),
                static_cast<size_t>(width_ * 3));
  }
  std::string out = "\x89PNG\r\n\x1a\n";
  chunk(out, "IHDR", header);
  chunk(out, "IDAT", compressed(rows));
  chunk(out, "IEND", "");
  return out;
}

}  // namespace gradus::tools
