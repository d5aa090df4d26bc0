// SPDX-License-Identifier: MIT
// The origin of a NaN or an infinity: the first op, forward or backward, that made something that
// is not finite from finite values.
// Next: train/capsule.h
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

/// One op with everything that it read and returned.
struct NanOrigin {
  std::string op{};  // the rule's name; "" if the fault is in the data
  bool backward = false;
  std::string place{};               // "log after head": where in the model
  std::vector<std::string> names{};  // names of the inputs: "head.weight", "result of softmax"
  std::vector<Tensor> inputs{}, outputs{};
  std::vector<Tensor> dy{}, grads{};  // of a backward; undefined if there was none
  size_t bad = 0;                     // the output, or the gradient, that is not finite
  int64_t element = 0;                // the first bad element in row-major order
  std::string note{};                 // further facts, such as a mask that hides a whole row
  Ref<Node> rule{};                   // runs the op at other inputs: Node::again()

  /// Two or three lines: the op, the index and value, and each operand with its shape, range and
  /// value at the index.
  std::string str() const;
  /// The tensor with the bad element.
  const Tensor& bad_tensor() const { return backward ? grads[bad] : outputs[bad]; }
};

/// Runs `loss` once with its graph, then its gradient, and finds the origin; none if all is finite.
/// An -inf written on purpose by masked_fill or where is no fault until an op makes NaN from it.
/// Changes neither weights nor grad(), and leaves default_generator() where it was.
/// A parameter or an input that is itself not finite is reported with an empty `op`.
/// Keeps all values of the forward while it runs.
std::optional<NanOrigin> nan_origin(const std::function<Tensor()>& loss);

/// "[3, 2]": the index of an element in row-major order.
std::string index_text(const Shape& shape, int64_t element);
/// "f32 [8, 10] from -1.2 to 3, 4 NaN, 1 inf".
std::string range_text(const Tensor& x);

}  // namespace gradus
