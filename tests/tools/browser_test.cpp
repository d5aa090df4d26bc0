// SPDX-License-Identifier: MIT
// Pages in a real browser, a headless Chromium: reports and the book of the lab.
#include "gradus/io/file.h"
#include "tests/tools/hostile_run.h"
#include "tests/tools/place.h"
#include "tools/lab/pages.h"
#include "tools/page/html.h"

using namespace gradus;
using namespace gradus::tests;
using namespace gradus::tools;

namespace tools_browser_test {

// Chromium's command, or the test is skipped.
std::string browser() {
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
    if (run(std::string("command -v ") + name).status == 0) return name;
  skip_test("there is no browser: apt-get install chromium");
}

// A page as the browser shows it, and its messages on the console.
struct Opened {
  std::string dom{}, console{};
};

Opened opened(const TempFolder& folder, const std::string& html) {
  const std::string file = folder.path + "/page.html";
  write_file(file, html);
  const Finished f =
      run("timeout 60 " + browser() +
          " --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
          "--disable-background-networking --allow-file-access-from-files --user-data-dir=" +
          folder.path + "/profile --enable-logging=stderr --virtual-time-budget=3000 --dump-dom " +
          "file://" + file);
  INFO(f.err);
  REQUIRE(f.status == 0);
  Opened page{.dom = f.out};
  for (size_t at = 0; (at = f.err.find("CONSOLE", at)) != f.err.npos; ++at)
    page.console += f.err.substr(at, f.err.find('\n', at) - at) + "\n";
  return page;
}

// The page with a script of the test, which writes what it saw into an element.
std::string with_script(std::string html, const std::string& script) {
  const std::string mark = "<meta http-equiv=\"Content-Security-Policy\"";
  const size_t at = html.find(mark);
  REQUIRE(at != html.npos);
  html.erase(at, html.find('>', at) - at + 1);
  const std::string end = "</body>";
  html.insert(html.rfind(end), "<pre id=\"seen\"></pre><script>" + script + "</script>");
  return html;
}

// What the script has written.
std::string seen(const Opened& page) {
  const std::string mark = "<pre id=\"seen\">";
  const size_t at = page.dom.find(mark);
  REQUIRE(at != page.dom.npos);
  const size_t from = at + mark.size();
  return page.dom.substr(from, page.dom.find("</pre>", from) - from);
}

constexpr const char* look_around = R"(
const seen = document.getElementById('seen');
const say = words => { seen.textContent += words + '\n'; };
const press = (e, key) => e.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
say('images ' + document.images.length);
say('title ' + (document.title === 'taken' ? 'taken' : 'kept'));
)";

// Shows an unchanged page as a telephone and as a wide screen do; it must not scroll sideways.
Opened on_screens(const TempFolder& folder, const std::string& html) {
  write_file(folder.path + "/inner.html", html);
  return opened(folder, R"(<iframe id="frame" src="inner.html" style="width: 360px"></iframe>
<pre id="seen"></pre><script>
frame.onload = () => {
  const root = frame.contentDocument.documentElement;
  for (const width of [360, 1440]) {
    frame.style.width = width + 'px';
    seen.textContent += `at ${width} scrolls: ${root.scrollWidth > width}\n`;
  }
  seen.textContent += `maps ${root.querySelectorAll('.chosen').length}\n`;
};
</script>)");
}

bool fits(const std::string& result) {
  return has(result, "at 360 scrolls: false\n") && has(result, "at 1440 scrolls: false\n");
}

constexpr const char* press_keys = R"(
const map = document.querySelector('.map');
const readout = map.parentElement.querySelector('.readout');
const first = readout.textContent;
say('cells ' + (map.querySelectorAll('rect').length > 20));
press(map, 'ArrowRight');
say('moved ' + (readout.textContent !== first));
press(map, 'ArrowLeft');
say('back ' + (readout.textContent === first));
press(map, 'PageUp');
press(map, 'Home');
say('corner ' + map.querySelector('.chosen').getAttribute('y'));
press(map, 'ArrowUp');
say('stays ' + map.querySelector('.chosen').getAttribute('y'));
press(map, 'Tab');
say('weight ' + /weight [0-9.]+\. Without .*: -?[0-9.e-]+/.test(readout.textContent));
const head = [...document.querySelectorAll('.controls select')][2];
const before = map.querySelector('rect').getAttribute('fill');
head.selectedIndex = 1;
head.dispatchEvent(new Event('change'));
say('head ' + head.options[1].textContent + ' of ' + head.options.length);
const plot = document.querySelector('.plot');
press(plot, 'Home');
say('curve ' + plot.parentElement.querySelector('.readout').textContent.slice(0, 20));
)";

TEST_CASE("browser: a report runs without errors and its explorer obeys the keys",
          "[browser][report]") {
  browser();
  const ProgramFolder p;
  p.put("a.csv", hostile_table());
  REQUIRE(p("train classify a.csv --valid 0.3 --out a --quiet --epochs 3 --d-model 8 --nhead 2")
              .status == 0);
  REQUIRE(p("report a").status == 0);
  const std::string html = read_file(p.path("a/report.html"));
  const Opened as_written = on_screens(p.folder, html);
  INFO(seen(as_written));
  CHECK(as_written.console == "");  // also that the policy allows the script
  CHECK(fits(seen(as_written)));
  CHECK(has(seen(as_written), "maps 1\n"));
  const Opened page = opened(p.folder, with_script(html, std::string(look_around) + press_keys));
  const std::string result = seen(page);
  INFO(result << page.console);
  for (const char* line :
       {"images 0\n", "title kept\n", "cells true\n", "moved true\n", "back true\n", "corner 0\n",
        "stays 0\n", "weight true\n", "head 0 of 3\n", "curve epoch 1: train_loss"}) {
    INFO(line);
    CHECK(has(result, line));
  }
}

TEST_CASE("browser: the book of the lab has no script and takes labels as text", "[browser][lab]") {
  browser();
  const PageResult empty{.claimed = Experiment({}), .broken = Experiment({})};
  std::vector<PageResult> results(lab_pages().size(), empty);
  Experiment& e = results[0].claimed;
  e.shown.push_back(std::string(hostile_words) + std::string(10000, 'x'));
  e.shown.push_back(Table{.columns = {{hostile_words}}, .rows = {{std::string(hostile_words)}}});
  e.shown.push_back(Chart(HeatMap{.title = hostile_words,
                                  .row_axis = "row",
                                  .col_axis = "column",
                                  .rows = {hostile_words, "b"},
                                  .cols = {"a\x1b", std::string(10000, 'x')},
                                  .values = {0, 0.25, 0.75, 1}}));
  const std::string html = book_html(results);
  CHECK(!has(html, "<script"));
  CHECK(!has(html, "\\x0a"));  // formulas have several lines
  const TempFolder folder;
  const Opened as_written = on_screens(folder, html);
  INFO(seen(as_written));
  CHECK(as_written.console == "");
  CHECK(fits(seen(as_written)));
  const std::string result = seen(opened(folder, with_script(html, look_around)));
  INFO(result);
  CHECK(has(result, "images 0\ntitle kept\n"));
}

}  // namespace tools_browser_test
