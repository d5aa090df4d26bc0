// SPDX-License-Identifier: MIT
// gradus report: pages about tiny runs of every task, what they leave out, and what they refuse.
#include <filesystem>

#include "gradus/data/toy_series.h"
#include "gradus/io/file.h"
#include "tests/tools/hostile_run.h"
#include "tests/tools/place.h"
#include "tools/page/html.h"
#include "tools/report/calibration.h"
#include "tools/report/sections.h"
#include "tools/see/tape_steps.h"

using namespace gradus;
using namespace gradus::tests;
using namespace gradus::tools;
namespace fs = std::filesystem;

namespace tools_report_test {

const std::string tiny = " --quiet --epochs 2 --d-model 8 --nhead 2 --layers 1 --dim-feedforward 8";

std::string page_of(const ProgramFolder& p, const std::string& words) {
  const Finished f = p("report " + words);
  INFO(words << f.out << f.err);
  REQUIRE(f.status == 0);
  CHECK(has(f.out, "wrote "));
  return read_file(p.path(words.substr(0, words.find(' ')) + "/report.html"));
}

void train(const ProgramFolder& p, const std::string& words) {
  const Finished f = p("train " + words);
  INFO(words << f.err);
  REQUIRE(f.status == 0);
}

void check_page(const std::string& html) {
  CHECK(html.starts_with("<!doctype html>"));
  CHECK(html.ends_with("</html>\n"));
  CHECK(html.size() < 3000000);
  CHECK(has(html, "Content-Security-Policy"));
  for (const char* outside : {"http://", "https://", "url(", "@import", "<img", "<link"}) {
    std::string rest = html;  // the name of the SVG format is no address
    const std::string svg = "http://www.w3.org/2000/svg";
    for (size_t at = rest.find(svg); at != rest.npos; at = rest.find(svg))
      rest.erase(at, svg.size());
    INFO(outside);
    CHECK(!has(rest, outside));
  }
  for (const char* part : {"Final figures", "Curves", "Settings", "Data", "Samples", "Attention"}) {
    INFO(part);
    CHECK(has(html, part));
  }
}

std::string churn(int64_t customers) { return series_csv(churn_series({.customers = customers})); }

const std::string words = "the red box and the blue cup stand on a tree under the sun ";

TEST_CASE("report: classifiers show confusion and calibration and errors and attention",
          "[report]") {
  const ProgramFolder p;
  p.put("a.csv", churn(60));
  train(p, "classify a.csv --valid 0.3 --out a" + tiny);
  const std::string html = page_of(p, "a");
  check_page(html);
  for (const char* part :
       {"class=\"confusion\"", "expected calibration error", "Answers to look at",
        "probability of the right class", "data-explorer=\"attention-0\"", "data-plot=\"curve-0\"",
        "share predicted correctly", "\"effect\":{\"title\":\"fall of the probability",
        "CRC-32C"}) {
    INFO(part);
    CHECK(has(html, part));
  }
}

TEST_CASE("report: a baseline has no curves and no attention, and says so", "[report]") {
  const ProgramFolder p;
  p.put("a.csv", churn(60));
  train(p, "classify a.csv --model logistic --quiet --out a");
  std::string html = page_of(p, "a");
  check_page(html);
  CHECK(has(html, "there are no curves"));
  CHECK(has(html, "This kind of model has no attention. The bars show"));
  train(p, "classify a.csv --model majority --quiet --out b");
  html = page_of(p, "b");
  CHECK(has(html, "This kind of model has no attention, and no step has an effect."));
}

TEST_CASE("report: tables and texts list their inputs", "[report]") {
  const ProgramFolder p;
  std::string table = "size,colour,label\n", texts;
  for (int i = 0; i < 60; ++i) {
    table +=
        std::to_string(i % 7) + "," + (i % 3 ? "red" : "blue") + "," + (i % 2 ? "y" : "n") + "\n";
    texts += words.substr(i % 20) + (i % 2 ? "red\twarm\n" : "blue\tcold\n");
  }
  p.put("table.csv", table);
  p.put("texts.tsv", texts);
  train(p, "classify table.csv --out table --folds 0 --valid 0.3" + tiny);
  const std::string rows = page_of(p, "table");
  check_page(rows);
  CHECK(has(rows, ", colour "));
  train(p, "classify --text texts.tsv --out texts --valid 0.3" + tiny);
  const std::string html = page_of(p, "texts");
  check_page(html);
  CHECK(has(html, "class=\"given\""));
  CHECK(has(html, "fall of the probability of "));
}

TEST_CASE("report: forecasts are drawn over the truth", "[report]") {
  const ProgramFolder p;
  p.put("a.csv", churn(30));
  train(p, "forecast a.csv --drop label --out a" + tiny);
  const std::string html = page_of(p, "a");
  check_page(html);
  CHECK(has(html, ">forecast</text>"));
  CHECK(has(html, "fall of the forecast of "));
  CHECK(has(html, "last value"));
  train(p, "forecast a.csv --drop label --model mean --quiet --out b");
  check_page(page_of(p, "b"));
}

TEST_CASE("report: language models show the cost of tokens, translators their worst sentences",
          "[report]") {
  const ProgramFolder p;
  std::string text, pairs;
  for (int i = 0; i < 40; ++i) text += words.substr(i % 11) + "\n";
  for (int i = 0; i < 120; ++i) pairs += words.substr(i % 30) + "\t" + words.substr(i % 23) + "\n";
  p.put("a.txt", text);
  p.put("a.tsv", pairs);
  train(p, "lm a.txt --block 16 --out lm" + tiny);
  std::string html = page_of(p, "lm");
  check_page(html);
  CHECK(has(html, "cost by position in the context"));
  CHECK(has(html, "class=\"tokens\""));
  CHECK(has(html, "bits that the last token"));
  train(p, "mlm a.txt --block 16 --out mlm" + tiny);
  html = page_of(p, "mlm");
  check_page(html);
  CHECK(has(html, "masked tokens in "));
  train(p, "translate a.tsv --vocab 280 --out translate" + tiny);
  html = page_of(p, "translate");
  check_page(html);
  CHECK(has(html, "translations by chrF"));
  CHECK(has(html, "bits that each token of the answer costs more"));
}

TEST_CASE("report: several runs share curves and what differs comes first", "[report]") {
  const ProgramFolder p;
  train(p, "copy --train-size 64 --test-size 20 --out r/a" + tiny);
  train(p, "copy --train-size 64 --test-size 20 --out r/b --lr 0.01" + tiny);
  CHECK(p("report r/a r/b").status == 2);
  REQUIRE(p("report r/a r/b --out both.html").status == 0);
  const std::string html = read_file(p.path("both.html"));
  check_page(html);
  const size_t differs = html.find("What differs"), same = html.find("Settings that are the same");
  REQUIRE(differs < same);
  const std::string table = html.substr(differs, same - differs);
  CHECK(has(table, "<td>lr</td>"));
  CHECK(has(table, "<td>0.01</td>"));
  CHECK(!has(table, "<td>train_size</td>"));
  CHECK(has(html, "a train_loss"));
  CHECK(has(html, "b valid_loss"));
  CHECK(has(html, "data-explorer=\"attention-1\""));
  CHECK(has(html, "right answers by length"));
}

TEST_CASE("report: without the data or the end of training it says what is left out", "[report]") {
  const ProgramFolder p;
  p.put("a.csv", churn(60));
  train(p, "classify a.csv --valid 0.3 --out a" + tiny);
  fs::remove(p.path("a.csv"));
  fs::remove(p.path("a/report.json"));
  const std::string html = page_of(p, "a");
  CHECK(has(html, "are left out, since they need the model and its data: "));
  CHECK(has(html, "The training is not finished"));
  CHECK(has(html, "data-plot=\"curve-0\""));
  CHECK(!has(html, "data-explorer=\"attention"));
}

TEST_CASE("report: replaces its own pages only, unless it is told to", "[report]") {
  const ProgramFolder p;
  train(p, "copy --train-size 64 --test-size 20 --out a" + tiny);
  p.put("mine.html", "<p>my page</p>");
  const Finished refused = p("report a --out mine.html");
  CHECK(refused.status == 2);
  CHECK(has(refused.err, "is not a report of gradus; --force replaces it"));
  CHECK(read_file(p.path("mine.html")) == "<p>my page</p>");
  CHECK(p("report a --out mine.html --force").status == 0);
  CHECK(p("report a --out mine.html").status == 0);
  CHECK(p("report a --out page.txt").status == 2);
  CHECK(p("report").status == 2);
  CHECK(p("report none --out x.html").status == 1);
}

TEST_CASE("report: hostile names and labels are text in every part of a page", "[report]") {
  const ProgramFolder p;
  p.put("a.csv", hostile_table());
  train(p, "classify a.csv --valid 0.3 --out a --quiet --epochs 2 --d-model 8 --nhead 2");
  const std::string html = page_of(p, "a");
  check_page(html);
  size_t scripts = 0;
  for (size_t at = html.find("<script"); at != html.npos; at = html.find("<script", at + 1))
    ++scripts;
  size_t data = 0;
  for (size_t at = html.find("application/json"); at != html.npos;
       at = html.find("application/json", at + 1))
    ++data;
  CHECK(scripts == data + 1);  // the page's own
  CHECK(!has(html, "<img"));
  CHECK(has(html, "&lt;script&gt;"));
  CHECK(!has(html, std::string(3000, 'x')));  // a long label is cut
  for (const char c : html) CHECK_FALSE((static_cast<unsigned char>(c) < ' ' && c != '\n'));
}

TEST_CASE("data of a page cannot end their element", "[report]") {
  Json v;
  v["a"] = "</script><!--<script>";
  const std::string html = data_html("x\"y", v);
  CHECK(html ==
        "<script type=\"application/json\" id=\"x&quot;y\">{\"a\":\"\\u003c/script>"
        "\\u003c!--\\u003cscript>\"}</script>\n");
}

TEST_CASE("the policy of a page allows its own script alone", "[report]") {
  const TempFolder folder;
  const std::pair<const char*, const char*> pages[] = {{report_script, report_script_sha256},
                                                       {steps_script, steps_script_sha256}};
  for (const auto& [script, sha256] : pages) {
    write_file(folder.path + "/script", script);
    const Finished f = run("openssl dgst -sha256 -binary " + folder.path + "/script | base64");
    if (f.status != 0 || f.out.size() < 40) skip_test("openssl is not installed");
    CHECK(f.out.substr(0, f.out.size() - 1) == sha256);
    CHECK(!has(script, "innerHTML"));
  }
}

TEST_CASE("calibration: bins, shares and their mean difference", "[report]") {
  const std::vector<int64_t> labels = {1, 1, 0, 1, 0, -2};
  const std::vector<double> p = {0.2, 0.8, 0.2, 0.8, 0.8, 0.2, 0.95, 0.05, 0.95, 0.05, 0.5, 0.5};
  const Calibration c = calibration_of(labels, p, 2);
  CHECK(c.samples == 5);
  REQUIRE(c.bins.size() == 3);
  CHECK(c.bins[0].count == 2);  // 0.05: one of two came true
  CHECK(c.bins[0].observed == Approx(0.5));
  CHECK(c.bins[1].observed == Approx(0));
  CHECK(c.bins[2].predicted == Approx(0.8));
  CHECK(c.error == Approx((2 * 0.45 + 0.2 + 2 * 0.2) / 5));
  const std::vector<double> three = {0.1, 0.2, 0.7, 0.6, 0.3, 0.1};
  const Calibration best = calibration_of(std::vector<int64_t>{2, 1}, three, 3);
  REQUIRE(best.bins.size() == 2);
  CHECK(best.bins[0].observed == Approx(0));  // 0.6 for the first class, which was wrong
  CHECK(best.bins[1].observed == Approx(1));
  CHECK(calibration_of(std::vector<int64_t>{}, {}, 2).bins.empty());
}

}  // namespace tools_report_test
