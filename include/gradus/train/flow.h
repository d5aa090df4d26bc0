// SPDX-License-Identifier: MIT
// The flow audit: which parameters of a model get a gradient, and where the paths of others end.
// Next: train/nan_origin.h
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/nn/module.h"

namespace gradus {

/// What a parameter gets from one backward.
enum class Flow {
  reached,      // a gradient with an element other than 0
  zero,         // a gradient that is exactly 0
  not_reached,  // none: the loss does not depend on it
  frozen        // it does not require one
};

struct ParameterFlow {
  std::string name;
  Shape shape;
  Flow flow;
  std::string reason{};  // of zero and not_reached: where the chain to the loss stops, in words
};

struct FlowAudit {
  std::vector<ParameterFlow> parameters{};
  int64_t count(Flow flow) const;
  /// "16 parameters get a gradient, 1 gets exactly 0, 2 are not reached, 1 is frozen".
  std::string line() const;
  /// A line with the reason for each parameter with this flow, at most `limit` of them.
  std::string reasons(Flow flow, size_t limit = 8) const;
};

/// Runs `loss` once, which must return a scalar, and its gradient with respect to the parameters of
/// `model`. Changes neither weights nor grad(), and leaves default_generator() where it was.
///   not reached: no op reads the parameter; or the chain of ops from it ends, because an op reads
///     a detached value or because nothing reads the last result
///   zero: the op at which the gradient becomes 0, such as a relu whose inputs are all negative, or
///     attention under a mask that hides every key
/// Keeps all values of the forward while it runs: use a small batch.
/// Throws std::invalid_argument if the loss is not a scalar.
FlowAudit flow_audit(const std::function<Tensor()>& loss, Module& model);

}  // namespace gradus
