// SPDX-License-Identifier: MIT
// The lab as a book: one HTML file with inline style and pictures, for screens and print.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tools/lab/page.h"

namespace gradus::tools {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --text: #1b1b1b; --page: #ffffff; --soft: #f3f4f6;
  --line: #d0d4da; --accent: #0b5cad; --good: #11701f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --page: #16181c; --soft: #22262c;
  --line: #3b414a; --accent: #7fb6f2; --good: #7fd18b; --bad: #ff9d94; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--page);
  font: 17px/1.55 system-ui, sans-serif; }
main, header { max-width: 46rem; margin: 0 auto; padding: 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 4rem; border-bottom: 1px solid var(--line); }
h3 { margin-top: 3rem; }
a { color: var(--accent); }
nav ol { padding-left: 1.4rem; } nav li { margin: .15rem 0; }
pre { background: var(--soft); padding: .7rem 1rem; overflow-x: auto; border-radius: 6px;
  font-size: .9rem; }
code { background: var(--soft); padding: .1rem .3rem; border-radius: 4px; font-size: .9em;
  overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-size: .92rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
figure { margin: 1.2rem 0; overflow-x: auto; }
figure svg { max-width: 100%; min-width: 30rem; height: auto; display: block; }
td + td { white-space: nowrap; } caption { white-space: nowrap; }
.items { color: color-mix(in srgb, var(--text) 65%, var(--page)); font-size: .9rem; }
.pass { color: var(--good); } .fail { color: var(--bad); }
.correction { border-left: 4px solid var(--bad); padding-left: .8rem; }
details { margin: .4rem 0; }
@media print { body { font-size: 11pt; } section { break-inside: avoid-page; }
  nav { break-after: page; } details > * { display: block; } }
)";

std::string element(const std::string& name, const std::string& words) {
  return "<" + name + ">" + escaped_markup(words) + "</" + name + ">\n";
}

std::string capital(std::string words) {
  if (words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
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

std::string shown_html(const Experiment& e) {
  std::string out;
  for (const auto& part : e.shown) {
    if (const auto* words = std::get_if<std::string>(&part)) out += element("p", *words);
    if (const auto* table = std::get_if<Table>(&part)) out += table_html(*table);
    if (const auto* chart = std::get_if<Chart>(&part))
      out += "<figure>" + svg_text(*chart, SvgCanvas::Place::page) + "</figure>\n";
  }
  return out;
}

std::string checks_html(const Experiment& e) {
  std::string out = "<div class=\"wide\"><table>\n";
  for (const Check& c : e.checks)
    out += "<tr><td>" + escaped_markup(c.what) + "</td><td>" + escaped_markup(c.text()) +
           "</td><td class=\"" + (c.passed() ? "pass\">pass" : "fail\">FAIL") + "</td></tr>\n";
  return out + "</table></div>\n";
}

std::string page_html(const LabPage& page, const PageResult& result) {
  std::string items;
  for (int item : page.items) items += (items.empty() ? "" : ", ") + std::to_string(item);
  if (!items.empty())
    items = (page.items.size() > 1 ? "Items " : "Item ") + items + " of the curriculum · ";
  std::string out = "<section id=\"" + escaped_markup(page.name) + "\">\n" +
                    element("h3", page.title) + "<p class=\"items\">" + items +
                    "<code>gradus lab " + escaped_markup(page.name) + "</code></p>\n";
  out += element("p", page.claim) + element("pre", page.formula) + shown_html(result.claimed);
  if (!page.correction.empty())
    out += "<p class=\"correction\">The teaching text is wrong here: " +
           escaped_markup(page.correction) + "</p>\n";
  out += element("h4", "Checked when this book was made") + checks_html(result.claimed);
  out += element("h4", "Counter-experiment: " + page.breaks) + checks_html(result.broken);
  out += "<p>Read: ";
  for (size_t i = 0; i < page.read.size(); ++i)
    out += (i ? ", " : "") + ("<code>" + escaped_markup(place_text(page.read[i])) + "</code>");
  out += ". Try next: <code>gradus " + escaped_markup(page.next) + "</code></p>\n";
  for (const Question& q : page.questions)
    out += "<details><summary>" + escaped_markup(q.question) + "</summary>" +
           element("p", q.answer) + "</details>\n";
  return out + "</section>\n";
}

}  // namespace

std::string book_html(const std::vector<PageResult>& results) {
  const std::vector<LabPage>& pages = lab_pages();
  std::string contents = "<nav>\n", body, chapter;
  for (size_t i = 0; i < pages.size(); ++i) {
    if (pages[i].chapter != chapter) {
      contents +=
          (chapter.empty() ? "" : "</ol>\n") + element("h4", capital(pages[i].chapter)) + "<ol>\n";
      body += element("h2", capital(pages[i].chapter));
    }
    chapter = pages[i].chapter;
    contents += "<li><a href=\"#" + escaped_markup(pages[i].name) + "\">" +
                escaped_markup(pages[i].title) + "</a></li>\n";
    body += page_html(pages[i], results[i]);
  }
  return std::string("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n") +
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         "<title>The gradus lab</title>\n<style>" + style + "</style>\n</head>\n<body>\n<header>" +
         element("h1", "The gradus lab") +
         element("p",
                 "The mathematics of attention and transformers, computed, drawn and checked "
                 "by gradus on the machine that made this book. Each page makes a claim, "
                 "measures it, and shows the counter-experiment that breaks it.") +
         contents + "</ol>\n</nav>\n</header>\n<main>\n" + body + "</main>\n</body>\n</html>\n";
}

}  // namespace gradus::tools
