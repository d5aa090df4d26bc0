// SPDX-License-Identifier: MIT
// Tools for writing backward_graph() (rule.h): saved tensors with their history.
#pragma once
#include <functional>

#include "gradus/autograd/node.h"

namespace gradus {

/// Connects what a rule saved, which has no graph, to the graph again.
class History {
 public:
  explicit History(const Node& node) : node_(node) {}
  /// Input i of the rule, or output k, as part of the graph; `saved` has its values and shape.
  Tensor input(size_t i, const Tensor& saved) const;
  Tensor output(size_t k, const Tensor& saved) const;

 private:
  static Tensor tracked(const Tensor& saved, Ref<GraphNode> node, int output);
  const Node& node_;
};

/// Derives a backward_graph() from the forward: the gradients of fn, which repeats the rule's
/// computation in public ops, at inputs with their history. Inputs that fn does not read get zeros.
Grads grads_through(const std::function<Tensor(Inputs)>& fn, Inputs inputs, const Tensor& dy,
                    Wanted w);

}  // namespace gradus
