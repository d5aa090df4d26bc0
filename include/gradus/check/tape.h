// SPDX-License-Identifier: MIT
// The tape: the ops of one forward in the order in which they ran, with their values, and with the
// gradients that arrived at each op and left it in a backward.
//
//   const Tape tape = record_tape([&] { return model.loss(x); });
//   for (const TapeOp& op : tape.ops) std::cout << op.name() << " " << op.place << "\n";
//
// Next: check/doctor.h
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

/// Where an input of an op comes from.
struct TapeSource {
  enum class Kind { constant, leaf, op };
  Kind kind = Kind::constant;
  size_t at = 0;      // index in Tape::leaves or Tape::ops
  size_t output = 0;  // which output of that op
};

struct TapeLeaf {
  std::string name;  // the parameter's name, or "leaf 3" if it has none
  Tensor value, grad;
};

struct TapeOp {
  Ref<Node> node;
  Tensors inputs, outputs;
  Tensors dy;     // the gradient that arrived at each output; undefined: none
  Tensors grads;  // the gradient that left for each input; undefined: none was wanted
  std::vector<TapeSource> from;  // one for each input
  /// Its place in the model: the parameters that it reads, or the nearest ones before and after it.
  std::string place{};
  /// The innermost module that has these parameters: "layers.0.self_attn"; "" for the whole model.
  std::string module{};

  std::string name() const { return node->op; }
  bool wants(size_t input) const { return static_cast<bool>(node->edges[input].node); }
};

struct Tape {
  std::vector<TapeOp> ops;
  std::vector<TapeLeaf> leaves;
  Tensor loss{};
  /// The message of the exception that ended the backward, or "".
  std::string error{};
  /// Problems outside the rules: where a gradient is replaced or stops between two ops, because of
  /// a hook or detach(). One sentence each.
  std::vector<std::string> between{};
};

/// Runs `loss`, which returns a scalar, and its backward. grad() of the leaves does not change.
/// Leaves have the names of the parameters of a module after set_names(), and those of
/// set_name(). Throws what `loss` throws, and std::invalid_argument if the result depends on no
/// leaf.
Tape record_tape(const std::function<Tensor()>& loss);
/// The tape of a loss that was computed while an ObserveBackward was alive; its graph is kept.
/// Throws std::invalid_argument if it was not, or if a backward has freed the graph.
Tape tape_of(const Tensor& loss);

/// "layers.0.norm" of "layers.0.norm.weight" and "layers.0.norm.bias": the dot-separated parts that
/// both names start with. The last part of a name is that of the parameter.
std::string common_module(const std::vector<std::string>& parameters);

}  // namespace gradus
