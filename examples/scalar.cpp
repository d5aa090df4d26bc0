// SPDX-License-Identifier: MIT
// Reverse-mode differentiation of single numbers in sixty lines, from a number to a neuron to
// backward(); then the same neuron in tensors, with the same gradients.
#include <gradus/gradus.h>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>

// A number that remembers what it was computed from, and how much it changes with each of them.
struct Number {
  struct Node {
    double value, grad = 0;
    std::vector<std::pair<std::shared_ptr<Node>, double>> from;  // an input, d value / d input
  };
  std::shared_ptr<Node> node;

  Number(double value) : node(new Node{value, 0, {}}) {}
  Number(double value, std::vector<std::pair<std::shared_ptr<Node>, double>> from)
      : node(new Node{value, 0, std::move(from)}) {}
  double value() const { return node->value; }
  double grad() const { return node->grad; }

  // The chain rule, from this number back to all that it depends on: each node hands its gradient
  // on once all nodes that use it have added theirs.
  void backward() const {
    std::vector<Node*> order;  // inputs before the nodes that use them
    std::set<Node*> seen;
    const std::function<void(Node*)> visit = [&](Node* n) {
      if (!seen.insert(n).second) return;
      for (auto& [input, slope] : n->from) visit(input.get());
      order.push_back(n);
    };
    visit(node.get());
    node->grad = 1;
    for (size_t i = order.size(); i-- > 0;)
      for (auto& [input, slope] : order[i]->from) input->grad += slope * order[i]->grad;
  }
};

Number operator+(const Number& a, const Number& b) {
  return {a.value() + b.value(), {{a.node, 1}, {b.node, 1}}};
}
Number operator*(const Number& a, const Number& b) {
  return {a.value() * b.value(), {{a.node, b.value()}, {b.node, a.value()}}};
}
Number tanh(const Number& x) {
  const double y = std::tanh(x.value());
  return {y, {{x.node, 1 - y * y}}};
}

int main(int, char** argv) {
  gradus::start_program(argv);
  using gradus::DType;
  using gradus::Tensor;

  // A number: y = x x + x, so dy/dx = 2 x + 1 = 7 at x = 3.
  const Number x = 3;
  const Number y = x * x + x;
  y.backward();
  std::printf("y = %g, dy/dx = %g\n", y.value(), x.grad());

  // A neuron: tanh(w1 x1 + w2 x2 + b).
  const Number x1 = 0.5, x2 = -1, w1 = 2, w2 = 0.3, b = 0.1;
  const Number out = tanh(w1 * x1 + w2 * x2 + b);
  out.backward();
  std::printf("neuron %.6f, gradients of w %.6f %.6f and b %.6f\n", out.value(), w1.grad(),
              w2.grad(), b.grad());

  // The same neuron in tensors: one op for all products.
  const Tensor w = gradus::tensor({2, 0.3}, DType::f64).requires_grad_();
  const Tensor bias = gradus::tensor(0.1, DType::f64).requires_grad_();
  const Tensor in = gradus::tensor({0.5, -1}, DType::f64);
  const Tensor same = gradus::tanh(gradus::sum(w * in) + bias);
  same.backward();
  const std::vector<double> dw = w.grad().to_vector<double>();
  std::printf("tensor %.6f, gradients of w %.6f %.6f and b %.6f\n", same.item(), dw[0], dw[1],
              bias.grad().item());
  return std::abs(dw[0] - w1.grad()) < 1e-12 && std::abs(dw[1] - w2.grad()) < 1e-12 ? 0 : 1;
}
