// SPDX-License-Identifier: MIT
// The confusion matrix and the reliability diagram of a classifier.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gradus/base/error.h"
#include "tools/page/html.h"
#include "tools/report/calibration.h"
#include "tools/report/sections.h"

namespace gradus::tools {
namespace {

constexpr size_t most_classes = 40;

std::string count_cell(int64_t count, int64_t of_row, bool right) {
  const int64_t share = of_row > 0 ? 60 * count / of_row : 0;
  return text({"<td", right ? " class=\"right\"" : "",
               " style=\"background:color-mix(in srgb, var(--accent) ", share, "%, transparent)\">",
               count, "</td>"});
}

std::string confusion_html(const Json& report) {
  const Json::Array &classes = report.at("classes").items(), &rows = report.at("confusion").items();
  if (classes.size() > most_classes)
    return element("p", text({"With ", classes.size(),
                              " classes the confusion matrix is too large to show here; gradus "
                              "eval prints it."}));
  std::string out = element("p",
                            "Rows are true classes, columns predicted ones; each shade is a "
                            "share of its row.") +
                    "<div class=\"wide\"><table class=\"confusion\"><tr><th>true</th>";
  for (const Json& c : classes)
    out += "<th>" + escaped_markup(plain_text(c.string(), 40)) + "</th>";
  out += "</tr>\n";
  for (size_t r = 0; r < rows.size() && r < classes.size(); ++r) {
    int64_t sum = 0;
    for (const Json& n : rows[r].items()) sum += n.integer();
    out += "<tr><td>" + escaped_markup(plain_text(classes[r].string(), 40)) + "</td>";
    for (size_t c = 0; c < rows[r].items().size(); ++c)
      out += count_cell(rows[r].items()[c].integer(), sum, r == c);
    out += "</tr>\n";
  }
  return out + "</table></div>\n";
}

LineChart reliability(const Calibration& c, const std::string& of) {
  LineChart chart{.title = "reliability",
                  .x_axis = "predicted probability " + of,
                  .y_axis = "share that came true",
                  .lines = {{.name = "model"}, {.name = "perfect", .x = {0, 1}, .y = {0, 1}}}};
  for (const Calibration::Bin& bin : c.bins) {
    chart.lines[0].x.push_back(bin.predicted);
    chart.lines[0].y.push_back(bin.observed);
  }
  return chart;
}

std::string calibration_html(const Answers& a) {
  const Calibration c = calibration_of(a.labels, a.probabilities, a.classes.size());
  if (c.samples == 0) return element("p", "No sample has a known class: no calibration.");
  const std::string of =
      a.classes.size() == 2 ? "of " + plain_text(a.classes[1], 30) : "of the predicted class";
  char error[40];
  std::snprintf(error, sizeof error, "%.3f", c.error);
  Table t{.columns = {{"mean probability"}, {"share that came true"}, {"samples", 0}}};
  for (const Calibration::Bin& bin : c.bins)
    t.rows.push_back({bin.predicted, bin.observed, static_cast<double>(bin.count)});
  return element("p", text({"Predicted probabilities and shares that came true differ by ", error,
                            " on average (expected calibration error over ", c.samples,
                            " samples). Points above the diagonal: too cautious; below: too "
                            "sure."})) +
         figure_html(reliability(c, of)) + table_html(t);
}

}  // namespace

std::string classes_section(const Json& report, const Answers& answers) {
  std::string out;
  if (!report.is_null() && report.find("confusion") && report.find("classes")) {
    const Json* on = report.find("evaluated_on");
    const std::string where =
        on ? ", " + (*on == Json("folds") ? "over all folds" : data_words(on->string())) : "";
    out += "<section>\n" + element("h3", "Confusion" + where) + confusion_html(report) +
           "</section>\n";
  }
  if (answers.probabilities.empty()) return out;
  return out + "<section>\n" + element("h3", "Calibration, " + data_words(answers.on)) +
         calibration_html(answers) + "</section>\n";
}

}  // namespace gradus::tools
