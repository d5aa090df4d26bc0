// SPDX-License-Identifier: MIT
// A font of straight strokes for pixels: ASCII, and letters with the accents of Latin-1.
#pragma once
#include <string>
#include <vector>

#include "tools/draw/canvas.h"

namespace gradus::tools {

/// A glyph is a list of strokes on a grid where the baseline is at y = 0, capitals are 6 high and
/// small letters 4; y grows upwards. `advance` is the way to the next glyph.
struct Glyph {
  std::vector<std::vector<Point>> strokes;
  double advance = 5;
};
/// The glyphs of a text; a box for a character that the font lacks.
std::vector<Glyph> glyphs(const std::string& words);

}  // namespace gradus::tools
