// SPDX-License-Identifier: MIT
// A surface to draw on, in points (1/96 inch), with the origin at the top left: as SVG text, or as
// pixels for PNG.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::tools {

struct Colour {
  uint8_t red = 0, green = 0, blue = 0;
};
struct Point {
  double x = 0, y = 0;
};
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

/// Where text is placed relative to its point: at its start, middle or end, vertically centred.
enum class Anchor { start, middle, end };
struct TextStyle {
  double size = 12;
  Anchor anchor = Anchor::start;
  bool upward = false;  // turned by 90 degrees, so that it reads from bottom to top
  bool bold = false;
};

class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void rectangle(const Box& box, Colour fill) = 0;
  virtual void lines(const std::vector<Point>& points, Colour colour, double width) = 0;
  virtual void dot(Point centre, double radius, Colour fill) = 0;
  virtual void text(Point at, const std::string& words, Colour colour, const TextStyle& style) = 0;
};

/// The colours of text and axes, and of grids; a page may replace them by its own.
constexpr Colour ink() { return {0x22, 0x22, 0x22}; }
constexpr Colour faint() { return {0xcc, 0xcc, 0xcc}; }
/// Colours of lines and bars, told apart by readers with any colour vision (Okabe, Ito 2008).
Colour line_colour(size_t line);
/// From white (0) to dark blue (1).
Colour sequential(double share);
/// From red (-1) through white (0) to blue (1).
Colour diverging(double share);
/// Black or white, whichever can be read on that colour.
Colour readable_on(Colour background);

/// The width of a text in points, estimated from the number of its characters.
double text_width(const std::string& words, double size);
/// As many characters as fit `room` points, with "..." for the rest.
std::string fitted(const std::string& words, double size, double room);

/// Draws SVG. Texts are escaped: no label can end its element.
class SvgCanvas : public Canvas {
 public:
  /// Where the picture goes: into a file of its own, on white; or into a page, whose colour of text
  /// and background it takes.
  enum class Place { file, page };
  SvgCanvas(double width, double height, Place place, const std::string& description);
  void rectangle(const Box& box, Colour fill) override;
  void lines(const std::vector<Point>& points, Colour colour, double width) override;
  void dot(Point centre, double radius, Colour fill) override;
  void text(Point at, const std::string& words, Colour colour, const TextStyle& style) override;
  /// The whole element.
  std::string finish() const { return svg_ + "</svg>\n"; }

 private:
  std::string paint(Colour c) const;
  Place place_;
  std::string svg_;
};

/// Characters that have a meaning in HTML and SVG, escaped; control characters made visible.
std::string escaped_markup(const std::string& words);

}  // namespace gradus::tools
