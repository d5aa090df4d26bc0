// SPDX-License-Identifier: MIT
// The glyphs of the stroke font. In the table each pair of digits is a point "xy", where y is 2 on
// the baseline, 6 at the top of small letters and 8 at that of capitals; a blank starts a stroke.
#include "tools/draw/stroke_font.h"

#include <algorithm>
#include <map>

#include "gradus/base/utf8.h"

namespace gradus::tools {
namespace {

// From ' ' (32) to '~' (126).
constexpr const char* ascii[] = {
    "",                                        // space
    "2824 2322",                               // !
    "1816 3836",                               // "
    "1218 3238 0444 0646",                     // #
    "473818070615354443321203 2921",           // $
    "02480818170708 3343423233",               // %
    "42071838370403122244",                    // &
    "2826",                                    // '
    "38272332",                                // (
    "18272312",                                // )
    "2723 0644 4604",                          // *
    "2723 0545",                               // +
    "232211",                                  // ,
    "0545",                                    // -
    "2322",                                    // .
    "0248",                                    // /
    "123243473818070312 2525",                 // 0
    "072822 1232",                             // 1
    "07183847460242",                          // 2
    "0718384746354443321203 1535",             // 3
    "32380444",                                // 4
    "480805354443321203",                      // 5
    "4738180703123243443504",                  // 6
    "084812",                                  // 7
    "1506071838474635 1504031232434435 1535",  // 8
    "031232434738180706153546",                // 9
    "2625 2322",                               // :
    "2625 232211",                             // ;
    "470543",                                  // <
    "0444 0646",                               // =
    "074503",                                  // >
    "07183847462524 2322",                     // ?
    "43321203071838474434352624",              // @
    "022842 1434",                             // A
    "02083847463505 3544433202",               // B
    "4738180703123243",                        // C
    "02082846442202",                          // D
    "48080242 0535",                           // E
    "480802 0535",                             // F
    "47381807031232434525",                    // G
    "0208 4248 0545",                          // H
    "1838 2822 1232",                          // I
    "4843321203",                              // J
    "0208 480542",                             // K
    "080242",                                  // L
    "0208254842",                              // M
    "02084248",                                // N
    "123243473818070312",                      // O
    "02083847463505",                          // P
    "123243473818070312 2442",                 // Q
    "02083847463505 2542",                     // R
    "473818070615354443321203",                // S
    "0848 2822",                               // T
    "080312324348",                            // U
    "082248",                                  // V
    "0812263248",                              // W
    "0248 0842",                               // X
    "082548 2522",                             // Y
    "08480242",                                // Z
    "38282232",                                // [
    "0842",                                    // backslash
    "18282212",                                // ]
    "062846",                                  // ^
    "0141",                                    // _
    "1827",                                    // `
    "16364542321203041444",                    // a
    "0802 0516364543321203",                   // b
    "4536160503123243",                        // c
    "4842 4536160503123243",                   // d
    "04444536160503123243",                    // e
    "47382722 1636",                           // f
    "4641301001 4536160503123243",             // g
    "0802 0516364542",                         // h
    "162622 1232 2827",                        // i
    "2636312010 3837",                         // j
    "0802 460442",                             // k
    "182822 1232",                             // l
    "0602 05162522 25364542",                  // m
    "0602 0516364542",                         // n
    "123243453616050312",                      // o
    "0600 0516364543321203",                   // p
    "4640 4536160503123243",                   // q
    "0602 05163645",                           // r
    "45361605143443321203",                    // s
    "28233243 1646",                           // t
    "0603123243 4642",                         // u
    "062246",                                  // v
    "0612243246",                              // w
    "0246 0642",                               // x
    "0622 4610",                               // y
    "06460242",                                // z
    "38272615242332",                          // {
    "2820",                                    // |
    "18272635242312",                          // }
    "05163445",                                // ~
};

std::vector<std::vector<Point>> strokes_of(const std::string& code) {
  std::vector<std::vector<Point>> all(code.empty() ? 0 : 1);
  for (size_t i = 0; i < code.size();) {
    if (code[i] == ' ') {
      all.emplace_back();
      ++i;
      continue;
    }
    all.back().push_back(
        {static_cast<double>(code[i] - '0'), static_cast<double>(code[i + 1] - '2')});
    i += 2;
  }
  return all;
}

// Characters written with those of ASCII: letters with an accent, and some signs of mathematics.
struct Written {
  const char* as;
  char accent = 0;
};
const std::map<std::string, Written>& other() {
  static const std::map<std::string, Written> all = [] {
    std::map<std::string, Written> m{
        {"ß", {"ss"}},     {"æ", {"ae"}},    {"ø", {"o"}},    {"…", {"..."}},   {"·", {"."}},
        {"×", {"x"}},      {"−", {"-"}},     {"–", {"-"}},    {"→", {"->"}},    {"≤", {"<="}},
        {"≥", {">="}},     {"²", {"^2"}},    {"½", {"1/2"}},  {"ᵀ", {"^T"}},    {"±", {"+-"}},
        {"∞", {"inf"}},    {"α", {"alpha"}}, {"β", {"beta"}}, {"γ", {"gamma"}}, {"θ", {"theta"}},
        {"λ", {"lambda"}}, {"σ", {"sigma"}}, {"τ", {"tau"}},  {"Σ", {"sum"}},   {"π", {"pi"}}};
    constexpr const char* accented[] = {
        "àa`", "áa'", "âa^", "ãa~", "äa:", "åa.", "çc,", "èe`", "ée'", "êe^", "ëe:", "ìi`",
        "íi'", "îi^", "ïi:", "ñn~", "òo`", "óo'", "ôo^", "õo~", "öo:", "ùu`", "úu'", "ûu^",
        "üu:", "ýy'", "ÀA`", "ÁA'", "ÂA^", "ÃA~", "ÄA:", "ÅA.", "ÇC,", "ÈE`", "ÉE'", "ÊE^",
        "ËE:", "ÑN~", "ÒO`", "ÓO'", "ÔO^", "ÕO~", "ÖO:", "ÙU`", "ÚU'", "ÛU^", "ÜU:"};
    static char letters[std::size(accented)][2];
    for (size_t i = 0; i < std::size(accented); ++i) {
      letters[i][0] = accented[i][2];
      m[std::string(accented[i], 2)] = {letters[i], accented[i][3]};
    }
    return m;
  }();
  return all;
}

void add_accent(Glyph& glyph, char accent, bool capital) {
  const double y = capital ? 6.5 : 4.5;
  const std::map<char, std::vector<std::vector<Point>>> accents{
      {'`', {{{1, y + 1}, {2, y}}}},
      {'\'', {{{2, y}, {3, y + 1}}}},
      {'^', {{{1, y}, {2, y + 1}, {3, y}}}},
      {'~', {{{0.5, y}, {1.5, y + 0.7}, {2.5, y}, {3.5, y + 0.7}}}},
      {':', {{{1, y + 0.5}, {1, y + 1}}, {{3, y + 0.5}, {3, y + 1}}}},
      {'.', {{{1.5, y}, {2.5, y}, {2.5, y + 1}, {1.5, y + 1}, {1.5, y}}}},
      {',', {{{2, 0}, {2, -1}, {1, -1.5}}}}};
  for (const auto& stroke : accents.at(accent)) glyph.strokes.push_back(stroke);
}

}  // namespace

std::vector<Glyph> glyphs(const std::string& words) {
  std::vector<Glyph> all;
  const auto add = [&](char c) { all.push_back({strokes_of(ascii[c - 32])}); };
  for (size_t i = 0; i < words.size();) {
    const auto c = static_cast<unsigned char>(words[i]);
    const size_t bytes = c < 128 ? 1 : std::max<size_t>(1, utf8_length(words.substr(i)));
    const std::string character = words.substr(i, bytes);
    i += bytes;
    if (c >= 32 && c < 127) {
      add(static_cast<char>(c));
    } else if (character == "√") {
      all.push_back({strokes_of("04142248")});
    } else if (const auto at = other().find(character); at != other().end()) {
      for (const char* letter = at->second.as; *letter; ++letter) add(*letter);
      const char first = *at->second.as;
      if (at->second.accent)
        add_accent(all.back(), at->second.accent, first >= 'A' && first <= 'Z');
    } else {
      all.push_back({{{{0, 0}, {4, 0}, {4, 6}, {0, 6}, {0, 0}}}});
    }
  }
  return all;
}

}  // namespace gradus::tools
