// SPDX-License-Identifier: MIT
// Private to autograd/: leaves, and the entry point of the engine.
#pragma once
#include <atomic>

#include "gradus/autograd/autograd.h"

namespace gradus {

/// A leaf of the graph: accumulates the gradient of a parameter or an input.
struct Leaf final : Node {
  Tensor grad;
  const char* parameter_of = nullptr;  // its name in warnings; null: not a parameter
  uint64_t listed_at = 0;              // the newest node when a module listed it; 0: never listed
  uint64_t seen_at_step = UINT64_MAX;  // optimiser step when it first got a gradient unlisted
  bool held = false;                   // whether an optimiser holds it
  explicit Leaf(const Tensor& x) : Node("leaf") { outputs.emplace_back(x.shape(), x.dtype()); }
  Grads run(const Grads&, Wanted) const override { return {}; }
  void release() override {}
  bool is_leaf() const override { return true; }
  void accumulate(Tensor&& dy);
};

/// The node that computed x, or its leaf; null if it has neither.
inline Node* node_of(const Tensor& x) { return static_cast<Node*>(x.node().get()); }

/// Collects a gradient for grad(), instead of accumulating it in the leaf.
struct Target {
  Node* node;
  int output;
  Tensor grad{};
};

/// Runs the backward pass from `roots` with their cotangents. Without targets, leaves accumulate.
void run_backward(std::span<const Tensor> roots, std::span<const Tensor> cotangents,
                  const GradOptions& options, std::span<Target> targets);

/// sum += dy; moves the first gradient in, and reuses memory that is not shared.
void add_gradient(Tensor& sum, Tensor&& dy);

/// The number of optimiser steps in all threads.
extern std::atomic<uint64_t> steps_taken;

/// The number of the newest node of this thread.
uint64_t newest_node();

/// The observer of this thread, or null.
Observer* detail_observer();

}  // namespace gradus
