// SPDX-License-Identifier: MIT
// Compares the two forms of each backward along random directions.
#include "check/second_order.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/elementwise.h"

namespace gradus::check {
namespace {

// Everything G depends on: the inputs, and the cotangents of the tracked outputs.
struct SecondOrderPoint {
  std::vector<Tensor> inputs, cotangents;
};

struct Gradients {
  SecondOrderPoint at;         // including the tracked leaves
  std::vector<Tensor> leaves;  // of inputs
  std::vector<Tensor> values;
};

// The gradient of an unused input is undefined, and so is the cotangent of an untracked output.
Gradients gradients(const FirstOrder& f, const SecondOrderPoint& p, bool graph) {
  Gradients g;
  for (const Tensor& x : p.inputs) g.at.inputs.push_back(x.detach());
  for (size_t i : f.which) g.leaves.push_back(g.at.inputs[i].requires_grad_());
  const EnableGrad tracked;
  const Tensors y = f.sample.call({g.at.inputs.data(), g.at.inputs.size()});
  std::vector<Tensor> outputs, cotangents;
  for (size_t k = 0; k < y.size(); ++k) {
    g.at.cotangents.emplace_back();
    if (!y[k].requires_grad()) continue;
    g.at.cotangents.back() = p.cotangents[k].detach();
    if (graph) g.at.cotangents.back().requires_grad_();
    outputs.push_back(y[k]);
    cotangents.push_back(g.at.cotangents.back());
  }
  g.values = grad(outputs, g.leaves, cotangents, {.create_graph = graph, .allow_unused = true});
  return g;
}

double dot(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

double dot(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].defined() && b[i].defined()) sum += dot(a[i], b[i]);
  return sum;
}

std::vector<Tensor> random_like(const std::vector<Tensor>& all, Generator& gen) {
  std::vector<Tensor> out;
  for (const Tensor& x : all) out.push_back(x.defined() ? values(gen, x.shape()) : Tensor());
  return out;
}

// p moved by h along u (for the differentiated inputs) and c.
SecondOrderPoint moved(const FirstOrder& f, const SecondOrderPoint& p, const std::vector<Tensor>& u,
                       const std::vector<Tensor>& c, double h) {
  const NoGrad no_grad;
  SecondOrderPoint q = p;
  for (size_t j = 0; j < f.which.size(); ++j)
    q.inputs[f.which[j]] = p.inputs[f.which[j]] + h * u[j];
  for (size_t k = 0; k < c.size(); ++k)
    if (c[k].defined()) q.cotangents[k] = p.cotangents[k] + h * c[k];
  return q;
}

// The first difference between the graph's gradients and those of the plain backward, or "".
std::string value_error(const FirstOrder& f, const Gradients& g) {
  for (size_t j = 0; j < f.which.size(); ++j) {
    if (!g.values[j].defined() || g.values[j].shape() != f.grads[j].shape())
      return text({"gradient ", j, " of the graph has another shape"});
    const std::vector<double> a = g.values[j].detach().to_vector<double>();
    const std::vector<double> b = f.grads[j].to_vector<double>();
    for (size_t i = 0; i < a.size(); ++i)
      if (!(std::abs(a[i] - b[i]) <= 1e-10 * (1 + std::abs(b[i]))))
        return text({"gradient ", j, " element ", i, ": ", a[i], " from the graph, ", b[i],
                     " from the backward"});
  }
  return "";
}

// <J' v, u> from the graph, summed over inputs and cotangents.
double by_graph(const FirstOrder& f, const Gradients& g, const std::vector<Tensor>& v,
                const std::vector<Tensor>& u, const std::vector<Tensor>& c) {
  std::vector<Tensor> outputs, cotangents, inputs = g.leaves, directions = u;
  for (size_t j = 0; j < f.which.size(); ++j) {
    if (!g.values[j].defined() || !g.values[j].requires_grad()) continue;
    outputs.push_back(g.values[j]);
    cotangents.push_back(v[j]);
  }
  if (outputs.empty()) return 0;
  for (size_t k = 0; k < c.size(); ++k) {
    if (!g.at.cotangents[k].defined()) continue;
    inputs.push_back(g.at.cotangents[k]);
    directions.push_back(c[k]);
  }
  const GradOptions again{.retain_graph = true, .allow_unused = true};
  return dot(grad(outputs, inputs, cotangents, again), directions);
}

// The difference quotient of <v, G> along u and c, by the plain backward.
double by_difference(const FirstOrder& f, const SecondOrderPoint& p, const std::vector<Tensor>& v,
                     const std::vector<Tensor>& u, const std::vector<Tensor>& c) {
  constexpr double h = 3e-5;
  const auto at = [&](double by) {
    return dot(gradients(f, moved(f, p, u, c, by), false).values, v);
  };
  return (at(-2 * h) - 8 * at(-h) + 8 * at(h) - at(2 * h)) / (12 * h);
}

std::string derivative_error(const FirstOrder& f, const SecondOrderPoint& p, const Gradients& g,
                             uint64_t seed) {
  Generator gen(seed, 0x2D);
  for (int direction = 0; direction < 2; ++direction) {
    const std::vector<Tensor> v = random_like(f.grads, gen), u = random_like(f.grads, gen);
    const std::vector<Tensor> c = random_like(g.at.cotangents, gen);
    const double a = by_graph(f, g, v, u, c), n = by_difference(f, p, v, u, c);
    double size = 1;
    for (const Tensor& x : f.grads) size += std::sqrt(dot(x, x));
    if (!(std::abs(a - n) <= 1e-6 * (size + std::abs(n))))
      return text({"along a random direction: ", a, " from the graph, ", n, " from differences"});
  }
  return "";
}

}  // namespace

std::string second_order_error(const FirstOrder& f, uint64_t seed) {
  const SecondOrderPoint p{f.sample.inputs, f.cotangents};
  const Gradients g = gradients(f, p, true);
  const std::string error = value_error(f, g);
  return error.empty() ? derivative_error(f, p, g, seed) : error;
}

std::string second_order_error_of_mutant(const FirstOrder& f, uint64_t seed,
                                         const std::vector<std::string>& rules) {
  const SecondOrderPoint p{f.sample.inputs, f.cotangents};
  Gradients g;
  {
    const ObserveBackward observe([&](BackwardEvent& e) {
      if (std::find(rules.begin(), rules.end(), e.node.op) == rules.end()) return;
      for (Tensor& x : e.grads)
        if (x.defined() && x.requires_grad()) x = x / 2 + x.detach() / 2;
    });
    g = gradients(f, p, true);
  }
  return derivative_error(f, p, g, seed);
}

std::string second_order_refusal(const FirstOrder& f) {
  try {
    gradients(f, {f.sample.inputs, f.cotangents}, true);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

}  // namespace gradus::check
