// SPDX-License-Identifier: MIT
// What the second form of a backward is written with (rule.h): saved tensors with their past.
#pragma once
#include <functional>

#include "gradus/autograd/node.h"

namespace gradus {

/// What a rule saved, and the graph that it was saved without.
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

/// A backward_graph() from the forward: the gradients of fn, which computes in public ops what the
/// rule computes, at inputs with their history. Those that fn does not read get zeros.
Grads grads_through(const std::function<Tensor(Inputs)>& fn, Inputs inputs, const Tensor& dy,
                    Wanted w);

}  // namespace gradus
