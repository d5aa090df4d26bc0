// SPDX-License-Identifier: MIT
// A canvas of pixels, written as PNG.
#pragma once
#include <array>

#include "tools/draw/canvas.h"

namespace gradus::tools {

class RasterCanvas : public Canvas {
 public:
  /// White, `scale` pixels for each point.
  RasterCanvas(double width, double height, double scale = 2);
  void rectangle(const Box& box, Colour fill) override;
  void lines(const std::vector<Point>& points, Colour colour, double width) override;
  void dot(Point centre, double radius, Colour fill) override;
  void text(Point at, const std::string& words, Colour colour, const TextStyle& style) override;
  /// The bytes of a PNG file: 8 bits for each of red, green and blue.
  std::string png() const;

  int64_t width() const { return width_; }
  int64_t height() const { return height_; }
  Colour at(int64_t x, int64_t y) const;

 private:
  /// Covers a pixel with a share of the colour.
  void blend(int64_t x, int64_t y, Colour colour, double share);
  void segment(Point a, Point b, Colour colour, double width);

  int64_t width_, height_;
  double scale_;
  std::vector<uint8_t> pixels_;  // red, green, blue by row
};

}  // namespace gradus::tools
