// SPDX-License-Identifier: MIT
// The steps of a tape as one HTML file, with buttons and keys for back and forward.
#include "tools/draw/canvas.h"
#include "tools/see/tape_steps.h"

namespace gradus::tools {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --text: #1b1b1b; --page: #fff; --soft: #f3f4f6; --line: #c6cbd2; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --page: #16181c; --soft: #22262c;
  --line: #4a515b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--text);
  background: var(--page); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-bottom: .2rem; }
h3 { font-size: .95rem; margin: .8rem 0 .2rem; }
nav { position: sticky; top: 0; background: var(--page); padding: .5rem 0; display: flex;
  flex-wrap: wrap; gap: .5rem; align-items: center; border-bottom: 1px solid var(--line); }
button { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line);
  border-radius: 6px; padding: .3rem .8rem; }
.rule { background: var(--soft); padding: .5rem .8rem; border-radius: 6px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; }
td { padding: .15rem .8rem .15rem 0; vertical-align: top; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
td:last-child { font-family: ui-monospace, monospace; white-space: normal; min-width: 16rem; }
)";

// Without scripts all steps are shown, one under the other.
constexpr const char* script = R"(
const steps = [...document.querySelectorAll("section")];
const count = document.getElementById("count");
const stops = steps.map((s, i) => s.dataset.stop ? i : -1).filter(i => i >= 0);
let now = stops.length ? stops[0] : 0;
function show(to) {
  now = Math.min(Math.max(to, 0), steps.length - 1);
  steps.forEach((s, i) => { s.hidden = i !== now; });
  count.textContent = "step " + (now + 1) + " of " + steps.length;
}
const go = {
  next: () => show(now + 1),
  back: () => show(now - 1),
  turn: () => show(steps.length / 2),
  stop: () => show(stops.find(i => i > now) ?? now),
};
document.querySelectorAll("button").forEach(b =>
  b.addEventListener("click", () => go[b.dataset.go]()));
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const key = { ArrowRight: "next", n: "next", ArrowLeft: "back", b: "back", f: "turn",
    c: "stop" }[e.key];
  if (!key) return;
  e.preventDefault();
  go[key]();
});
show(now);
)";

std::string table(const std::string& heading, const std::vector<StepLine>& lines) {
  std::string out = "<h3>" + heading + "</h3>\n<div class=\"wide\"><table>\n";
  for (const StepLine& l : lines)
    out += "<tr><td>" + escaped_markup(l.name) + "</td><td>" + escaped_markup(l.where) +
           "</td><td>" + escaped_markup(l.type) + "</td><td>" + escaped_markup(l.values) +
           "</td></tr>\n";
  return out + "</table></div>\n";
}

std::string section(const TapeStep& s, bool stop) {
  std::string out = std::string("<section") + (stop ? " data-stop=\"1\"" : "") + ">\n<h2>" +
                    escaped_markup(s.title) + "</h2>\n";
  if (!s.place.empty()) out += "<p>" + escaped_markup(s.place) + "</p>\n";
  out += "<p class=\"rule\">" + escaped_markup(s.rule.empty() ? "a rule of your own" : s.rule) +
         "</p>\n";
  out += table(s.backward ? "arrives" : "takes", s.takes);
  if (s.backward) out += table("with", s.has);
  return out + table(s.backward ? "leaves" : "gives", s.gives) + "</section>\n";
}

}  // namespace

std::string steps_page(const TapeSteps& steps, const std::vector<size_t>& stops,
                       const std::string& title) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escaped_markup(title) + "</title>\n<style>" + style + "</style></head>\n<body>\n<h1>" +
      escaped_markup(title) + "</h1>\n";
  out +=
      "<nav><button data-go=\"back\">back (b, ←)</button>"
      "<button data-go=\"next\">next (n, →)</button>"
      "<button data-go=\"turn\">to backward (f)</button>";
  const bool all = stops.size() == steps.size();
  if (!all) out += "<button data-go=\"stop\">next stop (c)</button>";
  out += "<span id=\"count\"></span></nav>\n<main>\n";
  std::vector<bool> is_stop(steps.size(), false);
  for (size_t s : stops) is_stop[s] = !all;
  for (size_t s = 0; s < steps.size(); ++s) out += section(steps.at(s), is_stop[s]);
  return out + "</main>\n<script>" + script + "</script>\n</body></html>\n";
}

}  // namespace gradus::tools
