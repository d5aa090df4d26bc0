// SPDX-License-Identifier: MIT
// Private to the room: leaves, and the entry to the engine.
#pragma once
#include <atomic>

#include "gradus/autograd/autograd.h"

namespace gradus {

/// The end of a path: gathers the gradient of a parameter or an input.
struct Leaf final : Node {
  Tensor grad;
  const char* parameter_of = nullptr;  // what to call it; null: no parameter
  uint64_t listed_at = 0;              // the newest node when a module listed it; 0: none has
  uint64_t seen_at_step = UINT64_MAX;  // of optimisers, when it first got a gradient unlisted
  bool held = false;                   // by an optimiser
  explicit Leaf(const Tensor& x) : Node("leaf") { outputs.emplace_back(x.shape(), x.dtype()); }
  Grads run(const Grads&, Wanted) const override { return {}; }
  void release() override {}
  bool is_leaf() const override { return true; }
  void accumulate(Tensor&& dy);
};

/// Where grad() wants a gradient, instead of in the leaves.
struct Target {
  Node* node;
  int output;
  Tensor grad{};
};

/// Walks the graph from `roots` with their cotangents. Without targets, leaves gather.
void run_backward(std::span<const Tensor> roots, std::span<const Tensor> cotangents,
                  const GradOptions& options, std::span<Target> targets);

/// sum += dy; the first gradient is moved in, and memory that nobody else holds is reused.
void add_gradient(Tensor& sum, Tensor&& dy);

/// Steps that optimisers took, of all threads.
extern std::atomic<uint64_t> steps_taken;

/// The number of the newest node of this thread.
uint64_t newest_node();

/// The observer of this thread, or null.
Observer* detail_observer();

}  // namespace gradus
