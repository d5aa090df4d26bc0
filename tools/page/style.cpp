// SPDX-License-Identifier: MIT
// The style of all pages.
#include "tools/page/html.h"

namespace gradus::tools {

const char* const page_style = R"(
:root { color-scheme: light dark;
  --text: light-dark(#1b1b1b, #e6e6e6); --page: light-dark(#ffffff, #16181c);
  --soft: light-dark(#f3f4f6, #22262c); --line: light-dark(#d0d4da, #3b414a);
  --grid: light-dark(#cccccc, #454b55); --quiet: light-dark(#555b63, #a9b0ba);
  --accent: light-dark(#0b5cad, #7fb6f2);
  --good: light-dark(#11701f, #7fd18b); --bad: light-dark(#b3261e, #ff9d94); }
:root:has(#scheme-light:checked) { color-scheme: light; }
:root:has(#scheme-dark:checked) { color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--page);
  font: 17px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
main, header { max-width: 46rem; margin: 0 auto; padding: 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 4rem; border-bottom: 1px solid var(--line); }
h3 { margin-top: 3rem; } h1, h2, h3, h4, p, li { overflow-wrap: anywhere; }
a { color: var(--accent); }
nav ol { padding-left: 1.4rem; } nav li { margin: .15rem 0; }
pre { background: var(--soft); padding: .7rem 1rem; overflow-x: auto; border-radius: 6px;
  font-size: .9rem; }
code { background: var(--soft); padding: .1rem .3rem; border-radius: 4px; font-size: .9em;
  overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-size: .92rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 1.2rem 0; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; display: block; }
td + td { white-space: nowrap; } caption { white-space: nowrap; }
.items, .quiet { color: var(--quiet); font-size: .9rem; }
.pass { color: var(--good); } .fail { color: var(--bad); }
.correction { border-left: 4px solid var(--bad); padding-left: .8rem; }
details { margin: .4rem 0; }
.scheme { float: right; border: 1px solid var(--line); border-radius: 6px; font-size: .8rem;
  margin: 0 0 .5rem 1rem; padding: .1rem .5rem; } .scheme label { margin-right: .5rem; }
.scheme legend { padding: 0 .2rem; } .scheme input { margin: 0 .25rem 0 0; }

.report { display: flow-root; }
body:has(.report) main, body:has(.report) header { max-width: 80rem; }
.report p { max-width: 50rem; }
.words td, .words th { text-align: left; white-space: normal; overflow-wrap: break-word;
  max-width: 26rem; }
.words td:last-child { min-width: 9rem; }
.files td:nth-child(2), .files th:nth-child(2) { text-align: left; }
.words td.number { text-align: right; white-space: nowrap; }
.words td:first-child { white-space: nowrap; }
pre.lines { white-space: pre-wrap; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr));
  gap: 1rem; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .4rem .8rem; min-width: 0; }
.card h4 { margin: .2rem 0; } .card p { margin: .3rem 0; } .card figure { margin: .5rem 0; }
.card .given { white-space: pre-wrap; background: var(--soft); border-radius: 6px;
  padding: .3rem .6rem; overflow-wrap: anywhere; }
.confusion td { text-align: right; min-width: 3rem; }
.confusion td:first-child { max-width: 14rem; overflow-wrap: anywhere; }
.confusion th { max-width: 8rem; overflow-wrap: anywhere; vertical-align: bottom; }
.right { outline: 2px solid var(--good); outline-offset: -2px; }
.tokens { line-height: 2; overflow-wrap: anywhere; font-family: ui-monospace, monospace;
  font-size: .95rem; }
.tokens span { border-radius: 3px; padding: .1rem 1px; }
.readout { min-height: 3.2em; margin: .3rem 0; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
.controls select { font: inherit; max-width: 100%; }
.controls label { max-width: 100%; }
.plot:focus-visible, .map:focus-visible { outline: 3px solid var(--accent); }
.map { overflow: auto; border: 1px solid var(--line); border-radius: 6px; }
.map svg { display: block; } .map rect { shape-rendering: crispEdges; }
.map text { font: 12px system-ui, sans-serif; fill: var(--text); }
.map .chosen { fill: none; stroke: var(--bad); stroke-width: 2.5; }
.map .up { fill: var(--accent); } .map .down { fill: var(--bad); }
.map .axis { stroke: var(--line); } .plot svg { cursor: crosshair; }

.steps { position: sticky; top: 0; background: var(--page); padding: .5rem 0;
  border-bottom: 1px solid var(--line); }
button { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line);
  border-radius: 6px; padding: .3rem .8rem; }
.rule { background: var(--soft); padding: .5rem .8rem; border-radius: 6px; }
.step h2, .step h3 { margin: .8rem 0 .2rem; } .step td { text-align: left; }
.step td:last-child { font-family: ui-monospace, monospace; white-space: normal;
  min-width: 16rem; }

@media (max-width: 30rem) { body { font-size: 16px; } th, td { padding: .2rem .45rem; }
  .scheme { float: none; width: max-content; margin: 0; }
  .words { font-size: .8rem; } .words td:last-child { min-width: 6.5rem; }
  .words td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 6.5rem; } }
@media print { body { font-size: 11pt; } section { break-inside: avoid-page; }
  nav { break-after: page; } details > * { display: block; }
  details::details-content { content-visibility: visible; } .scheme, .controls { display: none; }
  .map svg { max-width: 100%; height: auto; } .report section { break-inside: auto; }
  .card, figure { break-inside: avoid; } }
)";

}  // namespace gradus::tools
