// SPDX-License-Identifier: MIT
// Where an op of a model ran, in words: the name of the part whose parameters it reads.
#pragma once
#include <string>

#include "gradus/autograd/node.h"

namespace gradus {

/// "linear in layers.0.linear1"; "softmax after layers.0.q_proj" if it reads no parameter itself;
/// "exp" if no parameter with a name was read before it.
std::string op_place(const Node& node);

/// "layers.0.linear1.weight" -> "layers.0.linear1"; a name without a point is the model's own.
std::string part_of(const std::string& parameter);

/// The node that computed x; null if there is none.
inline const Node* node_of(const Tensor& x) { return static_cast<const Node*>(x.node().get()); }

/// The name of the leaf behind an edge, or "".
std::string leaf_name(const Node::Edge& edge);

/// Whether all elements are 0; whether all are finite. A tensor without elements is both.
bool all_zero(const Tensor& x);
bool all_finite(const Tensor& x);
/// Whether the defined tensors are finite.
bool all_finite(std::span<const Tensor> list);

}  // namespace gradus
