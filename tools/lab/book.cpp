// SPDX-License-Identifier: MIT
// The lab as a book: one HTML file with inline style and pictures, for screens and print.
#include "tools/lab/page.h"
#include "tools/page/html.h"

namespace gradus::tools {
namespace {

std::string capital(std::string words) {
  if (words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
}

std::string shown_html(const Experiment& e) {
  std::string out;
  for (const auto& part : e.shown) {
    if (const auto* words = std::get_if<std::string>(&part)) out += element("p", *words);
    if (const auto* table = std::get_if<Table>(&part)) out += table_html(*table);
    if (const auto* chart = std::get_if<Chart>(&part)) out += figure_html(*chart);
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
  out += element("p", page.claim) + lines_html(page.formula) + shown_html(result.claimed);
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
  const std::string header =
      element("h1", "The gradus lab") +
      element("p",
              "The mathematics of attention and transformers, computed, drawn and checked "
              "by gradus on the machine that made this book. Each page makes a claim, "
              "measures it, and shows the counter-experiment that breaks it.") +
      contents + "</ol>\n</nav>\n";
  return page_html({.title = "The gradus lab",
                    .generator = "gradus lab --book",
                    .header = header,
                    .body = body});
}

}  // namespace gradus::tools
