// SPDX-License-Identifier: MIT
// Self-contained pages: one HTML file for screens and print, in light and dark, without network.
// Texts become markup nowhere: each passes escaped_markup(), and data for a script data_html().
#pragma once
#include <string>

#include "gradus/io/json.h"
#include "tools/draw/chart.h"
#include "tools/draw/table.h"

namespace gradus::tools {

/// "<name>words</name>", with the words escaped.
std::string element(const std::string& name, const std::string& words);
/// Lines of text, with their blanks; only lines that are too long are broken.
std::string lines_html(const std::string& lines);
std::string table_html(const Table& table);
/// A picture that scrolls where the screen is too narrow for it.
std::string figure_html(const Chart& chart);
/// An element with `value` as JSON, which a script of the page reads by its id. No text in it can
/// end the element.
std::string data_html(const std::string& id, const Json& value);
/// A text for a page's data: control characters are made visible, and a long one is cut.
std::string plain_text(const std::string& words, size_t limit = 200);

struct Page {
  std::string title, generator;  // the command that wrote it: "gradus report"
  std::string header, body;      // markup
  /// The page's only script, and its SHA-256 in base 64: the browser refuses all others.
  std::string script{}, script_sha256{};
};
/// The whole file, with the switch between light and dark.
std::string page_html(const Page& page);

/// The style of all pages.
extern const char* const page_style;

}  // namespace gradus::tools
