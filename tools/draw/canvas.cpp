// SPDX-License-Identifier: MIT
// Colours, the size of texts, and the SVG canvas.
#include "tools/draw/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "gradus/base/error.h"
#include "tools/draw/table.h"

namespace gradus::tools {
namespace {

Colour between(Colour a, Colour b, double share) {
  const auto mix = [&](uint8_t x, uint8_t y) {
    return static_cast<uint8_t>(std::lround(x + share * (y - x)));
  };
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

// Linear interpolation in a list of colours.
template <size_t N> Colour on_scale(const std::array<Colour, N>& scale, double share) {
  const double at = std::clamp(std::isnan(share) ? 0 : share, 0.0, 1.0) * (N - 1);
  const auto below = std::min(static_cast<size_t>(at), N - 2);
  return between(scale[below], scale[below + 1], at - static_cast<double>(below));
}

// Two decimals are a hundredth of a pixel.
std::string number(double v) {
  char out[32];
  std::snprintf(out, sizeof out, "%.2f", v);
  std::string s = out;
  s.erase(s.find_last_not_of('0') + 1);
  if (s.back() == '.') s.pop_back();
  return s;
}

std::string hex(Colour c) {
  char out[8];
  std::snprintf(out, sizeof out, "#%02x%02x%02x", c.red, c.green, c.blue);
  return out;
}

}  // namespace

Colour line_colour(size_t line) {
  static constexpr Colour colours[] = {{0x00, 0x72, 0xb2}, {0xd5, 0x5e, 0x00}, {0x00, 0x9e, 0x73},
                                       {0xcc, 0x79, 0xa7}, {0xe6, 0x9f, 0x00}, {0x56, 0xb4, 0xe9},
                                       {0x8c, 0x56, 0x4b}, {0x7f, 0x7f, 0x7f}};
  return colours[line % std::size(colours)];
}

Colour sequential(double share) {
  static constexpr std::array<Colour, 4> scale{
      {{0xff, 0xff, 0xff}, {0xa6, 0xcf, 0xe3}, {0x2f, 0x79, 0xb5}, {0x08, 0x26, 0x4f}}};
  return on_scale(scale, share);
}

Colour diverging(double share) {
  static constexpr std::array<Colour, 5> scale{{{0xb2, 0x18, 0x2b},
                                                {0xf4, 0xa5, 0x82},
                                                {0xff, 0xff, 0xff},
                                                {0x92, 0xc5, 0xde},
                                                {0x21, 0x66, 0xac}}};
  return on_scale(scale, (share + 1) / 2);
}

Colour readable_on(Colour c) {
  const double light = 0.299 * c.red + 0.587 * c.green + 0.114 * c.blue;
  return light > 140 ? Colour{0, 0, 0} : Colour{0xff, 0xff, 0xff};
}

double text_width(const std::string& words, double size) {
  return 0.58 * size * static_cast<double>(characters(words));
}

std::string fitted(const std::string& words, double size, double room) {
  if (text_width(words, size) <= room) return words;
  const auto most = static_cast<size_t>(std::max(room / (0.58 * size) - 2, 1.0));
  size_t end = 0;
  for (size_t seen = 0; end < words.size(); ++end)
    if ((words[end] & 0xC0) != 0x80 && seen++ == most) break;
  return words.substr(0, end) + "…";
}

std::string escaped_markup(const std::string& words) {
  std::string out;
  for (char c : printable(words, words.npos)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

// Text and grid take the colours of the page that they are in.
std::string SvgCanvas::paint(Colour c) const {
  const std::string code = hex(c);
  if (place_ == Place::page && code == hex(faint())) return "var(--grid)";
  return code == hex(ink()) ? "currentColor" : code;
}

SvgCanvas::SvgCanvas(double width, double height, Place place, const std::string& description)
    : place_(place) {
  const std::string size = number(width) + "\" height=\"" + number(height);
  svg_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + size + "\" viewBox=\"0 0 " +
         number(width) + " " + number(height) +
         "\" font-family=\"system-ui,sans-serif\" role=\"img\"";
  if (place == Place::file) svg_ += " color=\"" + hex(ink()) + "\"";
  else svg_ += " style=\"min-width:min(" + number(width) + "px,30rem)\"";  // then it scrolls
  svg_ += ">\n<title>" + escaped_markup(description) + "</title>\n";
  if (place == Place::file) svg_ += "<rect width=\"" + size + "\" fill=\"#ffffff\"/>\n";
}

void SvgCanvas::rectangle(const Box& b, Colour fill) {
  svg_ += "<rect x=\"" + number(b.x) + "\" y=\"" + number(b.y) + "\" width=\"" + number(b.width) +
          "\" height=\"" + number(b.height) + "\" fill=\"" + paint(fill) +
          "\" shape-rendering=\"crispEdges\"/>\n";
}

void SvgCanvas::lines(const std::vector<Point>& points, Colour colour, double width) {
  if (points.size() < 2) return;
  svg_ += "<polyline fill=\"none\" stroke=\"" + paint(colour) + "\" stroke-width=\"" +
          number(width) + "\" stroke-linejoin=\"round\" points=\"";
  for (size_t i = 0; i < points.size(); ++i)
    svg_ += (i ? " " : "") + number(points[i].x) + "," + number(points[i].y);
  svg_ += "\"/>\n";
}

void SvgCanvas::dot(Point c, double radius, Colour fill) {
  svg_ += "<circle cx=\"" + number(c.x) + "\" cy=\"" + number(c.y) + "\" r=\"" + number(radius) +
          "\" fill=\"" + paint(fill) + "\"/>\n";
}

void SvgCanvas::text(Point at, const std::string& words, Colour colour, const TextStyle& style) {
  static constexpr const char* anchors[] = {"start", "middle", "end"};
  svg_ += "<text x=\"" + number(at.x) + "\" y=\"" + number(at.y) + "\" font-size=\"" +
          number(style.size) + "\" fill=\"" + paint(colour) + "\" dominant-baseline=\"central\"";
  if (style.anchor != Anchor::start)
    svg_ += std::string(" text-anchor=\"") + anchors[static_cast<int>(style.anchor)] + "\"";
  if (style.upward) svg_ += " transform=\"rotate(-90 " + number(at.x) + " " + number(at.y) + ")\"";
  if (style.bold) svg_ += " font-weight=\"bold\"";
  svg_ += ">" + escaped_markup(words) + "</text>\n";
}

}  // namespace gradus::tools
