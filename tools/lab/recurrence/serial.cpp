// SPDX-License-Identifier: MIT
// How many operations must wait for each other: the depth of the tape.
#include <algorithm>
#include <map>
#include <set>

#include "gradus/autograd/node.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/recurrent.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_serial {

constexpr int64_t width = 8;

// The longest chain of operations of which each needs the result of the one before.
double depth(const Tensor& y) {
  std::map<uint64_t, const Node*> all;  // by number, which is above those of the inputs
  std::vector<const Node*> waiting = {static_cast<const Node*>(y.node().get())};
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    if (!all.insert({node->number, node}).second) continue;
    for (const Node::Edge& edge : node->edges)
      if (edge.to()) waiting.push_back(edge.to());
  }
  std::map<const Node*, double> longest;
  for (const auto& [number, node] : all)
    for (const Node::Edge& edge : node->edges)
      if (edge.to()) longest[node] = std::max(longest[node], longest[edge.to()] + 1);
  return longest[all.rbegin()->second];
}

double recurrent_depth(int64_t steps, Generator& gen) {
  const RNNCell cell({.input_size = width, .hidden_size = width}, gen);
  const Tensor x = randn({steps, 1, width}, gen);
  Tensor h;
  for (int64_t t = 0; t < steps; ++t) h = cell(x[t], h);
  return depth(h);
}

double attention_depth(int64_t steps, bool one_by_one, Generator& gen) {
  const MultiheadAttention attention({.embed_dim = width, .num_heads = 2}, gen);
  const Tensor x = randn({1, steps, width}, gen);
  if (!one_by_one) return depth(attention(x, Mask::causal()));
  KeyValueCache cache;
  Tensor y = narrow(x, 1, 0, 1);
  for (int64_t t = 0; t < steps; ++t) y = attention(y, cache);  // reads what it wrote
  return depth(y);
}

void run(Experiment& e) {
  Generator gen(e.seed());
  Table table{.columns = {{"length", 0}, {"RNN", 0}, {"attention", 0}, {"score entries", 0}},
              .title = "Operations that must wait for each other"};
  LineChart chart{.title = "operations that must wait for each other",
                  .x_axis = "length",
                  .y_axis = "steps",
                  .log_x = true,
                  .log_y = true,
                  .lines = {{"RNN"}, {"attention"}}};
  std::vector<double> recurrent, attention;
  for (int64_t steps : {8, 16, 32, 64, 128}) {
    const auto n = static_cast<double>(steps);
    recurrent.push_back(recurrent_depth(steps, gen));
    attention.push_back(attention_depth(steps, e.broken(), gen));
    table.rows.push_back({n, recurrent.back(), attention.back(), n * n});
    for (auto& line : chart.lines) line.x.push_back(n);
    chart.lines[0].y.push_back(recurrent.back());
    chart.lines[1].y.push_back(attention.back());
  }
  e.table(table);
  e.chart(chart);
  e.note(
      "Fewer waits are not less work: attention computes length² scores. On one core an LSTM "
      "of width 64 is the faster one at length 1,024; with many cores attention wins.");
  e.above(66, "RNN, waits at 128 / at 64", recurrent[4] / recurrent[3], 1.9);
  e.equal(66, "attention, waits at 128 − at 8", attention[4] - attention[0], 0);
}

}  // namespace lab_serial

LabPage serial_page() {
  return {.name = "serial",
          .chapter = "recurrence",
          .title = "Recurrence is serial",
          .items = {66},
          .claim =
              "Step t of a recurrent network must wait for step t − 1, so the number of "
              "waits grows with the length; attention computes all places at once in a "
              "fixed number of waits.",
          .formula =
              "RNN: hₜ = f(xₜ, hₜ₋₁)                 T steps, one after another\n"
              "attention: Y = softmax(Q Kᵀ / √d) V    one product for all places",
          .breaks = "attention generates, one place after another",
          .read = {{"include/gradus/autograd/node.h", "class Node"},
                   {"include/gradus/nn/attention.h", "struct KeyValueCache"}},
          .next = "compare serial",
          .questions =
              {{"A transformer that writes text is serial, too. Why is training it not?",
                "In training the whole text is known (teacher forcing): all places are computed "
                "at once under a causal mask. In generation a token must exist before the next."},
               {"Why can a machine with one core be faster with the LSTM?",
                "The LSTM does T d² work, attention T² d on top of its projections. Without a "
                "second core nothing runs in parallel, and only the amount of work counts."}},
          .run = lab_serial::run};
}

}  // namespace gradus::tools
