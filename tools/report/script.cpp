// SPDX-License-Identifier: MIT
// The script of a report: values under the pointer on curves, and the attention explorer. Both also
// work by arrow keys. It puts texts into the page as text only.
#include "tools/report/sections.h"

namespace gradus::tools {

const char* const report_script = R"(
'use strict';
const svgns = 'http://www.w3.org/2000/svg';
const dataOf = id => JSON.parse(document.getElementById(id).textContent);

// A new element with attributes, at the end of `parent`.
function put(parent, name, attributes, words) {
  const isSvg = parent.namespaceURI === svgns || name === 'svg';
  const e = isSvg ? document.createElementNS(svgns, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) e.setAttribute(key, value);
  if (words !== undefined) e.textContent = words;
  parent.append(e);
  return e;
}

function short(v) {
  if (v === null) return 'none';
  return v !== 0 && Math.abs(v) < 0.001 ? v.toExponential(2) : String(Number(v.toPrecision(4)));
}

// ---- curves

function startPlot(plot) {
  const d = dataOf(plot.dataset.plot), svg = plot.querySelector('svg');
  const readout = plot.parentElement.querySelector('.readout');
  const all = [...new Set(d.lines.flatMap(line => line.x))].sort((a, b) => a - b);
  const [x, y, width, height] = d.box;
  const place = v => x + (v - d.low) / (d.high - d.low) * width;
  const mark = put(svg, 'line', { y1: y, y2: y + height, stroke: 'currentColor',
    'stroke-dasharray': '3 3', visibility: 'hidden' });
  let at = all.length - 1;
  const show = () => {
    const px = place(all[at]);
    mark.setAttribute('x1', px);
    mark.setAttribute('x2', px);
    mark.setAttribute('visibility', 'visible');
    const values = d.lines.filter(line => line.x.includes(all[at]))
      .map(line => `${line.name} ${short(line.y[line.x.indexOf(all[at])])}`);
    readout.textContent = `${d.axis} ${all[at]}: ${values.join(', ')}`;
  };
  svg.addEventListener('pointermove', event => {
    const size = svg.getBoundingClientRect();
    const px = (event.clientX - size.left) * svg.viewBox.baseVal.width / size.width;
    const far = v => Math.abs(place(v) - px);
    at = all.reduce((best, v, i) => (far(v) < far(all[best]) ? i : best), 0);
    show();
  });
  plot.addEventListener('keydown', event => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    at = Math.min(Math.max(to, 0), all.length - 1);
    show();
  });
}

// ---- attention

// The same colours as in pictures of `gradus attention`.
const scale = [[255, 255, 255], [166, 207, 227], [47, 121, 181], [8, 38, 79]];
function colour(share) {
  const at = Math.min(Math.max(share, 0), 1) * 3, low = Math.min(Math.floor(at), 2);
  const mix = i => Math.round(scale[low][i] + (at - low) * (scale[low + 1][i] - scale[low][i]));
  return `rgb(${mix(0)},${mix(1)},${mix(2)})`;
}

// The part of a label that is drawn, and its width.
const start = word => [...word].slice(0, 16).join('');
const widthOf = word => [...start(word)].reduce((sum, c) => sum + (c > '\u1100' ? 12 : 7.2), 0);

function meanOf(heads) {
  return heads[0].map((_, i) => heads.reduce((sum, head) => sum + head[i], 0) / heads.length);
}

class Explorer {
  constructor(root) {
    this.examples = dataOf(root.dataset.explorer);
    this.controls = root.querySelector('.controls');
    this.map = root.querySelector('.map');
    this.readout = root.querySelector('.readout');
    const titles = this.examples.map(e => e.title);
    this.example = this.choice('Example', titles, () => this.start());
    this.layer = this.choice('Layer', [], () => this.startHeads());
    this.head = this.choice('Head', [], () => this.draw());
    this.map.addEventListener('keydown', event => this.key(event));
    this.start();
  }

  choice(name, words, changed) {
    const select = put(put(this.controls, 'label', {}, name + ' '), 'select');
    this.fill(select, words);
    select.addEventListener('change', changed);
    return select;
  }

  fill(select, words) {
    const before = Math.min(select.selectedIndex, words.length - 1);
    select.replaceChildren();
    for (const word of words) put(select, 'option', {}, word);
    select.selectedIndex = Math.max(before, 0);
    select.parentElement.hidden = words.length < 2;
  }

  start() {
    this.now = this.examples[this.example.selectedIndex];
    this.row = this.now.rows.length - 1;
    this.col = 0;
    this.fill(this.layer, this.now.layers.map((_, i) => String(i)));
    this.startHeads();
  }

  startHeads() {
    this.heads = this.now.layers[this.layer.selectedIndex] || [];
    const names = this.heads.map((_, i) => String(i));
    this.fill(this.head, names.length > 1 ? ['mean of all', ...names] : names);
    this.draw();
  }

  // The weights in thousandths, row by row; none for a model without attention.
  weights() {
    const at = this.head.selectedIndex;
    if (this.heads.length < 2) return this.heads[0] || [];
    return at === 0 ? meanOf(this.heads) : this.heads[at - 1];
  }

  // Cells with row labels to the left, column labels below, and the effects as bars under them.
  draw() {
    const { rows, cols, effect } = this.now, w = this.weights();
    const maps = w.length > 0;
    const cell = this.cell = Math.min(Math.max(Math.floor(620 / cols.length), 13), 30);
    const widest = labels => Math.max(...labels.map(widthOf), 7) + 10;
    const left = this.left = maps ? Math.max(Math.round(widest(rows)) + 22, 54) : 54;
    const high = maps ? cell * rows.length : 0, below = widest(cols), bars = effect ? 90 : 0;
    const width = left + Math.max(cell * cols.length, 240) + 10;
    this.map.replaceChildren();
    const height = high + below + bars + 44;
    const svg = this.svg = put(this.map, 'svg',
      { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' });
    put(svg, 'title', {}, `${this.now.title}: use the arrow keys to move`);
    const top = Math.max(...w, 1);
    w.forEach((v, i) => {
      const r = Math.floor(i / cols.length), c = i % cols.length;
      put(svg, 'rect', { x: left + c * cell, y: r * cell, width: cell, height: cell,
        fill: colour(v / top) });
    });
    if (maps) rows.forEach((word, r) => put(svg, 'text', { x: left - 5, y: (r + 0.5) * cell + 4,
      'text-anchor': 'end' }, start(word)));
    cols.forEach((word, c) => {
      const x = left + (c + 0.5) * cell + 4, y = high + 6;
      put(svg, 'text', { x, y, 'text-anchor': 'end', transform: `rotate(-90 ${x} ${y})` },
        start(word));
    });
    if (maps) put(svg, 'text', { x: left, y: high + below + 14 }, this.now.colAxis);
    const y = high / 2;
    if (maps) put(svg, 'text', { x: 12, y, 'text-anchor': 'middle',
      transform: `rotate(-90 12 ${y})` }, this.now.rowAxis);
    if (effect) this.drawBars(high + below + 22, bars, effect, width);
    this.mark = put(svg, 'rect', { class: 'chosen', y: 0, width: cell,
      height: maps ? cell : below + bars + 30 });
    svg.addEventListener('pointermove', event => this.point(event));
    svg.addEventListener('pointerdown', event => this.point(event));
    this.show();
  }

  drawBars(top, height, effect, width) {
    const most = Math.max(...effect.values.map(Math.abs), 1e-12);
    const positive = effect.values.some(v => v > 0), negative = effect.values.some(v => v < 0);
    const zero = top + (positive && negative ? height / 2 : positive ? height : 4);
    const unit = (positive && negative ? height / 2 : height - 4) / most;
    put(this.svg, 'line', { class: 'axis', x1: this.left, x2: width - 10, y1: zero, y2: zero });
    effect.values.forEach((v, c) => put(this.svg, 'rect', { class: v < 0 ? 'down' : 'up',
      x: this.left + c * this.cell + 2, y: v < 0 ? zero : zero - v * unit,
      width: this.cell - 4, height: Math.abs(v) * unit }));
    put(this.svg, 'text', { x: this.left - 5, y: zero - most * unit * (positive ? 1 : 0) + 10,
      'text-anchor': 'end' }, positive ? String(Number(most.toPrecision(2))) : '0');
  }

  point(event) {
    const size = this.svg.getBoundingClientRect();
    const c = Math.floor((event.clientX - size.left - this.left) / this.cell);
    const r = Math.floor((event.clientY - size.top) / this.cell);
    if (c < 0 || c >= this.now.cols.length || r < 0) return;
    this.col = c;
    if (r < this.now.rows.length) this.row = r;
    this.show();
  }

  key(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
      Home: [0, -1e9], End: [0, 1e9], PageUp: [-1e9, 0], PageDown: [1e9, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const within = (v, n) => Math.min(Math.max(v, 0), n - 1);
    this.row = within(this.row + step[0], this.now.rows.length);
    this.col = within(this.col + step[1], this.now.cols.length);
    this.show();
    this.mark.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  show() {
    const { rows, cols, effect } = this.now, w = this.weights();
    this.mark.setAttribute('x', this.left + this.col * this.cell);
    if (w.length > 0) this.mark.setAttribute('y', this.row * this.cell);
    const words = [];
    if (w.length > 0)
      words.push(`${this.now.rowAxis} ${rows[this.row]}, ${this.now.colAxis} ${cols[this.col]}: ` +
        `weight ${short(w[this.row * cols.length + this.col] / 1000)}.`);
    if (effect)
      words.push(`Without ${cols[this.col]}: ${short(effect.values[this.col])} ` +
        `(${effect.title}).`);
    this.readout.textContent = words.join(' ');
  }
}

for (const plot of document.querySelectorAll('[data-plot]')) startPlot(plot);
for (const root of document.querySelectorAll('[data-explorer]')) new Explorer(root);
)";

const char* const report_script_sha256 = "ZD36pNIxZcNAj+wS4FAKCNYauqXjfFOmzU8nQts2bjA=";

}  // namespace gradus::tools
