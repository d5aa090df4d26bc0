// SPDX-License-Identifier: MIT
// Pictures: hostile labels are text, pixels are where they belong, PNG files are whole.
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "tests/catch.h"
#include "tools/draw/axis.h"
#include "tools/draw/raster.h"
#include "tools/draw/stroke_font.h"

using namespace gradus;
using namespace gradus::tests;
using namespace gradus::tools;

namespace tools_draw_test {

HeatMap small_map() {
  return {.title = "two <b>&\"cells\"",
          .row_axis = "reads",
          .col_axis = "attends to",
          .rows = {"first", "</svg><script>alert(1)</script>"},
          .cols = {"a", std::string(10000, 'x')},
          .values = {0, 0.25, 0.75, 1}};
}

uint32_t big_endian(const std::string& bytes, size_t at) {
  uint32_t v = 0;
  for (size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<unsigned char>(bytes[at + i]);
  return v;
}

bool same(Colour a, Colour b) { return a.red == b.red && a.green == b.green && a.blue == b.blue; }

TEST_CASE("a large heat map is thinned to fit the terminal", "[draw]") {
  HeatMap map{.title = "many", .row_axis = "row", .col_axis = "column"};
  for (int i = 0; i < 120; ++i) map.rows.push_back(std::to_string(i));
  for (int i = 0; i < 200; ++i) map.cols.push_back(std::to_string(i));
  map.values.assign(120 * 200, 1.0);
  const std::string out = drawn(map);
  CHECK(has(out, "many (1 row in 3, 1 column in 3)"));
  CHECK(std::count(out.begin(), out.end(), '\n') == 42);
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);)
    CHECK(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }) <= 78);
}

TEST_CASE("labels of a picture are text whatever they contain", "[draw]") {
  const std::string svg = svg_text(small_map(), SvgCanvas::Place::file);
  CHECK(!has(svg, "<script>"));
  CHECK(has(svg, "&lt;/svg&gt;"));
  CHECK(has(svg, "two &lt;b&gt;&amp;&quot;cells&quot;"));
  CHECK(svg.size() < 20000);  // a long label is cut
  CHECK(svg.find("</svg>") == svg.size() - 7);
  CHECK(!has(svg_text(small_map(), SvgCanvas::Place::page), "color=\"#"));
}

TEST_CASE("a cell of a map carries its value and colour", "[draw]") {
  const std::string svg = svg_text(small_map(), SvgCanvas::Place::file);
  for (const char* value : {">0<", ">0.25<", ">0.75<", ">1<"}) CHECK(has(svg, value));
  CHECK(same(sequential(0), {255, 255, 255}));
  CHECK(same(readable_on(sequential(1)), {255, 255, 255}));
  CHECK(same(readable_on(sequential(0)), {0, 0, 0}));
  CHECK(diverging(-1).red > diverging(-1).blue);
  CHECK(diverging(1).blue > diverging(1).red);
  CHECK(same(sequential(NAN), sequential(0)));
}

TEST_CASE("pixels: rectangles are exact, lines and letters touch only their place", "[draw]") {
  RasterCanvas canvas(20, 10, 1);
  canvas.rectangle({2, 3, 4, 2}, {10, 20, 30});
  for (int64_t y = 0; y < 10; ++y)
    for (int64_t x = 0; x < 20; ++x) {
      const bool inside = x >= 2 && x < 6 && y >= 3 && y < 5;
      CHECK(same(canvas.at(x, y), inside ? Colour{10, 20, 30} : Colour{255, 255, 255}));
    }
  RasterCanvas line(20, 10, 1);
  line.lines({{0, 5.5}, {20, 5.5}}, {0, 0, 0}, 1);
  CHECK(same(line.at(10, 5), {0, 0, 0}));
  CHECK(same(line.at(10, 2), {255, 255, 255}));
  line.lines({{-1e6, -50}, {1e6, -50}}, {0, 0, 0}, 1);  // outside: nothing is drawn, nothing lasts
  RasterCanvas words(60, 20, 1);
  words.text({30, 10}, "Ab", {0, 0, 0}, {.size = 12, .anchor = Anchor::middle});
  CHECK(same(words.at(2, 10), {255, 255, 255}));
  bool dark = false;
  for (int64_t x = 20; x < 40; ++x) dark = dark || words.at(x, 10).red < 128;
  CHECK(dark);
}

TEST_CASE("a PNG file is whole: its chunks have their checksums and its rows unpack", "[draw]") {
  RasterCanvas canvas(7, 5, 2);
  canvas.dot({3, 2}, 1, {200, 0, 0});
  const std::string png = canvas.png();
  REQUIRE(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  std::string data;
  std::vector<std::string> names;
  for (size_t at = 8; at < png.size();) {
    const uint32_t size = big_endian(png, at);
    names.push_back(png.substr(at + 4, 4));
    const auto* body = reinterpret_cast<const Bytef*>(png.data() + at + 4);
    CHECK(big_endian(png, at + 8 + size) == crc32(0, body, size + 4));
    if (names.back() == "IHDR") {
      CHECK(big_endian(png, at + 8) == 14);
      CHECK(big_endian(png, at + 12) == 10);
    }
    if (names.back() == "IDAT") data = png.substr(at + 8, size);
    at += 12 + size;
  }
  CHECK(names == std::vector<std::string>{"IHDR", "IDAT", "IEND"});
  std::string rows(10 * (1 + 3 * 14), 0);
  uLongf length = rows.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(rows.data()), &length,
                     reinterpret_cast<const Bytef*>(data.data()), data.size()) == Z_OK);
  CHECK(length == rows.size());
  const size_t centre = 4 * 43 + 1 + 3 * 6;  // row 4, column 6
  CHECK(static_cast<unsigned char>(rows[centre]) == 200);
}

TEST_CASE("the stroke font has a glyph of its own for each character of ASCII", "[draw]") {
  std::set<std::string> seen;
  for (char c = 33; c < 127; ++c) {
    const std::vector<Glyph> g = glyphs(std::string(1, c));
    REQUIRE(g.size() == 1);
    std::string code;
    for (const auto& stroke : g[0].strokes) {
      CHECK(stroke.size() >= 2);
      for (Point p : stroke) {
        CHECK((p.x >= 0 && p.x <= 4 && p.y >= -2 && p.y <= 7));
        code += std::to_string(p.x) + "," + std::to_string(p.y) + " ";
      }
      code += ";";
    }
    INFO(c);
    CHECK(seen.insert(code).second);
  }
  CHECK(glyphs(" ")[0].strokes.empty());
  CHECK(glyphs("é").size() == 1);
  CHECK(glyphs("é")[0].strokes.size() == glyphs("e")[0].strokes.size() + 1);
  CHECK(glyphs("日").size() == 1);  // a box
  CHECK(glyphs("…").size() == 3);
}

TEST_CASE("axes are labelled at round numbers", "[draw]") {
  const std::vector<double> fifths = ticks(0, 1, false, 5);
  REQUIRE(fifths.size() == 6);
  for (size_t i = 0; i < 6; ++i) CHECK(fifths[i] == Approx(0.2 * static_cast<double>(i)));
  CHECK(ticks(1, 1000, true, 5) == std::vector<double>{1, 10, 100, 1000});
  CHECK(ticks(3, 12, true, 5) == std::vector<double>{5, 10});
  CHECK(ticks(-3, 3, false, 3) == std::vector<double>{-2, 0, 2});
}

TEST_CASE("the labels of lines that end together do not overlap", "[draw]") {
  LineChart c{.title = "t", .x_axis = "x", .y_axis = "y"};
  for (int l = 0; l < 4; ++l) c.lines.push_back({"line " + std::to_string(l), {0, 1}, {0, 1}});
  const std::string svg = svg_text(c, SvgCanvas::Place::file);
  std::vector<double> heights;
  for (int l = 0; l < 4; ++l) {
    const size_t end = svg.find(">line " + std::to_string(l) + "<");
    REQUIRE(end != svg.npos);
    const size_t y = svg.rfind(" y=\"", end);
    heights.push_back(std::stod(svg.substr(y + 4)));
  }
  std::sort(heights.begin(), heights.end());
  for (size_t i = 1; i < 4; ++i) CHECK(heights[i] - heights[i - 1] >= 14);
}

}  // namespace tools_draw_test
