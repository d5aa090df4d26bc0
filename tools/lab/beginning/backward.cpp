// SPDX-License-Identifier: MIT
// From a number to backward: the chain rule on a graph of numbers.
#include <cmath>
#include <functional>
#include <memory>
#include <set>

#include "gradus/ops/elementwise.h"
#include "gradus/tensor/make.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_backward {

// One number of the graph, as in examples/scalar.cpp.
struct Node {
  std::string name;
  double value = 0, grad = 0;
  std::vector<std::pair<Node*, double>> from{};  // an input, and d value / d input
};

// y = tanh(w x + b) · w: w is used twice, so two gradients arrive at it.
struct Graph {
  Node w{"w", 2}, x{"x", 0.5}, b{"b", -0.3};
  Node product{"w·x"}, sum{"w·x + b"}, tanh{"tanh"}, y{"y = tanh · w"};
  Graph() {
    product.value = w.value * x.value;
    product.from = {{&w, x.value}, {&x, w.value}};
    sum.value = product.value + b.value;
    sum.from = {{&product, 1}, {&b, 1}};
    tanh.value = std::tanh(sum.value);
    tanh.from = {{&sum, 1 - tanh.value * tanh.value}};
    y.value = tanh.value * w.value;
    y.from = {{&tanh, w.value}, {&w, tanh.value}};
  }
  std::vector<Node*> backwards() { return {&y, &tanh, &sum, &product, &b, &x, &w}; }
};

double y_of(double w, double x, double b) { return std::tanh(w * x + b) * w; }

void run(Experiment& e) {
  Graph g;
  g.y.grad = 1;
  Table table{.columns = {{"node"}, {"value", 4}, {"gradient", 4}, {"passes on"}},
              .title = "Backward, from y to its inputs"};
  for (Node* n : g.backwards()) {
    std::string handed;
    for (auto& [input, slope] : n->from) {
      const double part = slope * n->grad;
      // The broken form keeps only the last gradient that arrives.
      input->grad = e.broken() ? part : input->grad + part;
      handed += (handed.empty() ? "" : ", ") + short_number(part) + " to " + input->name;
    }
    table.rows.push_back({n->name, n->value, n->grad, handed.empty() ? "-" : handed});
  }
  e.table(table);
  const double h = 1e-5, w = g.w.value, x = g.x.value, b = g.b.value;
  const double measured = (y_of(w + h, x, b) - y_of(w - h, x, b)) / (2 * h);
  const Tensor tw = tensor(w).requires_grad_();
  const Tensor ty = tanh(tw * tensor(x) + tensor(b)) * tw;
  ty.backward();
  e.note("w is used twice: by the product and by y. Both gradients are added: " +
         short_number(g.w.grad) + ".");
  e.below(0, "gradient of w against a finite difference", std::abs(g.w.grad - measured), 1e-8);
  e.below(0, "gradient of w against the tensor engine", std::abs(g.w.grad - tw.grad().item()),
          1e-12);
}

}  // namespace lab_backward

LabPage backward_page() {
  return {.name = "backward",
          .chapter = "beginning",
          .title = "From a number to backward",
          .items = {},
          .claim =
              "Each operation knows how its result changes with each of its inputs. Going backward "
              "from the result, these slopes multiply along a path and add where paths meet, which "
              "gives the gradient of every input in one pass.",
          .formula =
              "y = tanh(w x + b) · w\n"
              "dy/dinput = Σ over users of the input: dy/duser · duser/dinput",
          .breaks = "the last gradient that arrives replaces the others",
          .read = {{"examples/scalar.cpp", "void backward() const"},
                   {"src/autograd/engine.cpp", "pending"},
                   {"include/gradus/autograd/rule.h", "struct Square"}},
          .next = "lab broadcasting",
          .questions = {{"In which order must the nodes be visited?",
                         "Each node after all nodes that use it: only then has its gradient "
                         "arrived completely. The order of creation, backwards, is such an order."},
                        {"What does one forward pass with finite differences cost instead?",
                         "Two evaluations for each input: for a million weights two million, where "
                         "backward takes about as long as two or three evaluations."}},
          .run = lab_backward::run};
}

}  // namespace gradus::tools
