// SPDX-License-Identifier: MIT
// Writes elements, tables, pictures and the frame of a page.
#include "tools/page/html.h"

#include <algorithm>

#include "gradus/base/error.h"

namespace gradus::tools {

std::string element(const std::string& name, const std::string& words) {
  return "<" + name + ">" + escaped_markup(words) + "</" + name + ">\n";
}

std::string lines_html(const std::string& lines) {
  std::string out = "<pre class=\"lines\">";
  for (std::string_view rest = lines; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    out += escaped_markup(plain_text(std::string(line), 2000)) + "\n";
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return out + "</pre>\n";
}

std::string table_html(const Table& table) {
  std::string out = "<div class=\"wide\"><table>\n";
  if (!table.title.empty()) out += element("caption", table.title);
  out += "<tr>";
  for (const Table::Column& c : table.columns) out += "<th>" + escaped_markup(c.name) + "</th>";
  out += "</tr>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (size_t c = 0; c < row.size(); ++c)
      out += "<td>" + escaped_markup(cell_text(row[c], table.columns[c])) + "</td>";
    out += "</tr>\n";
  }
  return out + "</table></div>\n";
}

std::string figure_html(const Chart& chart) {
  return "<figure>" + svg_text(chart, SvgCanvas::Place::page) + "</figure>\n";
}

std::string plain_text(const std::string& words, size_t limit) { return printable(words, limit); }

std::string data_html(const std::string& id, const Json& value) {
  std::string json;
  for (const char c : write_json(value))
    if (c == '<') json += "\\u003c";
    else json += c;
  return "<script type=\"application/json\" id=\"" + escaped_markup(id) + "\">" + json +
         "</script>\n";
}

namespace {

// Nothing is loaded from anywhere, and no other script runs.
std::string policy(const Page& page) {
  const std::string script =
      page.script.empty() ? "" : "; script-src 'sha256-" + page.script_sha256 + "'";
  return "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'" +
         script + "\">\n";
}

// Works by style alone: see page_style.
constexpr const char* scheme_switch =
    "<fieldset class=\"scheme\"><legend>Colours</legend>"
    "<label><input type=\"radio\" name=\"scheme\" id=\"scheme-auto\" checked>system</label>"
    "<label><input type=\"radio\" name=\"scheme\" id=\"scheme-light\">light</label>"
    "<label><input type=\"radio\" name=\"scheme\" id=\"scheme-dark\">dark</label></fieldset>\n";

}  // namespace

std::string page_html(const Page& page) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" + policy(page) +
         "<meta name=\"generator\" content=\"" + escaped_markup(page.generator) +
         "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         element("title", page.title) + "<style>" + page_style + "</style>\n</head>\n<body>\n" +
         "<header>\n" + scheme_switch + page.header + "</header>\n<main>\n" + page.body +
         "</main>\n" + (page.script.empty() ? "" : "<script>" + page.script + "</script>\n") +
         "</body>\n</html>\n";
}

}  // namespace gradus::tools
