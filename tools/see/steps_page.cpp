// SPDX-License-Identifier: MIT
// The steps of a tape as one HTML file, with buttons and keys for back and forward.
#include "tools/draw/canvas.h"
#include "tools/page/html.h"
#include "tools/see/tape_steps.h"

namespace gradus::tools {

// Without scripts all steps are shown, one under the other.
const char* const steps_script = R"(const steps = [...document.querySelectorAll("section")];
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
const char* const steps_script_sha256 = "wDW+L9l22g6m4qujgqQv6Gn4SSXJbnclK9ksV/MGxbY=";

namespace {

std::string table(const std::string& heading, const std::vector<StepLine>& lines) {
  std::string out = "<h3>" + heading + "</h3>\n<div class=\"wide\"><table>\n";
  for (const StepLine& l : lines)
    out += "<tr><td>" + escaped_markup(l.name) + "</td><td>" + escaped_markup(l.where) +
           "</td><td>" + escaped_markup(l.type) + "</td><td>" + escaped_markup(l.values) +
           "</td></tr>\n";
  return out + "</table></div>\n";
}

std::string section(const TapeStep& s, bool stop) {
  std::string out = std::string("<section class=\"step\"") + (stop ? " data-stop=\"1\"" : "") +
                    ">\n<h2>" + escaped_markup(s.title) + "</h2>\n";
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
  std::string body =
      "<nav class=\"steps controls\"><button data-go=\"back\">back (b, ←)</button>"
      "<button data-go=\"next\">next (n, →)</button>"
      "<button data-go=\"turn\">to backward (f)</button>";
  const bool all = stops.size() == steps.size();
  if (!all) body += "<button data-go=\"stop\">next stop (c)</button>";
  body += "<span id=\"count\"></span></nav>\n";
  std::vector<bool> is_stop(steps.size(), false);
  for (size_t s : stops) is_stop[s] = !all;
  for (size_t s = 0; s < steps.size(); ++s) body += section(steps.at(s), is_stop[s]);
  return page_html({.title = title,
                    .generator = "gradus step",
                    .header = element("h1", title),
                    .body = body,
                    .script = steps_script,
                    .script_sha256 = steps_script_sha256});
}

}  // namespace gradus::tools
