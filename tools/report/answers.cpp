// SPDX-License-Identifier: MIT
// Single answers as cards: the input drawn or as text, the right answer, the model's.
#include <algorithm>
#include <cmath>

#include "gradus/base/error.h"
#include "tools/page/html.h"
#include "tools/report/sections.h"

namespace gradus::tools {
namespace {

constexpr size_t most_card_bytes = 1200;  // limit for a text on a card

std::string line(const char* what, const std::string& words) {
  if (words.empty()) return "";
  return text({"<p><span class=\"quiet\">", what, "</span> ",
               escaped_markup(plain_text(words, most_card_bytes)), "</p>\n"});
}

std::string card(const ShownAnswer& a) {
  std::string out = "<div class=\"card\">\n" + element("h4", plain_text(a.name, 80));
  if (!a.input.empty())
    out += "<p class=\"given\">" + escaped_markup(plain_text(a.input, most_card_bytes)) + "</p>\n";
  out += line("expected", a.truth) + line("predicted", a.predicted);
  if (!a.score.empty()) out += "<p class=\"quiet\">" + escaped_markup(a.score) + "</p>\n";
  for (const Chart& drawing : a.drawings) out += figure_html(drawing);
  return out + "</div>\n";
}

// Each token on a shade of its cost: 8 bits or more are darkest.
std::string tokens_html(const TokenBits& t) {
  std::string out = "<p class=\"tokens\">";
  for (size_t i = 0; i < t.tokens.size(); ++i) {
    const std::string word = escaped_markup(plain_text(t.tokens[i], 60));
    if (!std::isfinite(t.bits[i])) {
      out += "<span>" + word + "</span>";
      continue;
    }
    const auto share = static_cast<int64_t>(70 * std::min(t.bits[i], 8.0) / 8);
    out += text({"<span title=\"", std::round(t.bits[i] * 100) / 100,
                 " bits\" style=\"background:color-mix(in srgb, var(--bad) ", share,
                 "%, transparent)\">", word, "</span>"});
  }
  return out + "</p>\n";
}

}  // namespace

std::string answers_section(const Answers& a) {
  std::string out;
  for (const Chart& chart : a.charts) out += figure_html(chart);
  if (!a.texts.empty())
    out += element("p",
                   "What each token of some held-out texts cost the model: the stronger its shade, "
                   "the more bits (point at a token for its number; the first is given).");
  for (const TokenBits& t : a.texts) out += tokens_html(t);
  if (!a.order.empty()) out += element("p", a.order);
  if (!a.shown.empty()) out += "<div class=\"cards\">\n";
  for (const ShownAnswer& shown : a.shown) out += card(shown);
  if (!a.shown.empty()) out += "</div>\n";
  return "<section>\n" + element("h3", "Answers to look at, " + data_words(a.on)) + out +
         "</section>\n";
}

}  // namespace gradus::tools
