// SPDX-License-Identifier: MIT
// Gradient checks of modules, reported by parameter name.
//
//   MultiheadAttention attention{{.embed_dim = 8, .num_heads = 2}};
//   std::cout << gradcheck(attention, {x, x, x}).str();
//
// Next: nn/init.h
#pragma once
#include <concepts>

#include "gradus/autograd/gradcheck.h"
#include "gradus/nn/module.h"

namespace gradus {

/// Compares the gradients of call(inputs), which uses `module`, with five-point differences, for
/// each float input ("input 0", ...) and each parameter (by its name). Always computes in f64:
/// inputs and module are converted, and the module is restored afterwards.
/// In train mode with dropout the verdict is undecided.
GradcheckReport gradcheck(Module& module, const CheckedFunction& call,
                          const std::vector<Tensor>& inputs, GradcheckOptions options = {});

/// A check for whole models, where differences for each element would take too long: compares the
/// gradient with the derivative along one random direction in all parameters and inputs at once.
struct DirectionalCheck {
  Verdict verdict;
  double analytic, numeric, error;  // |analytic - numeric| / (1 + |numeric|)
};
DirectionalCheck directional_gradcheck(Module& module, const CheckedFunction& call,
                                       const std::vector<Tensor>& inputs, uint64_t seed = 0,
                                       double step = 1e-4, double tolerance = 1e-6);

/// Calls module(inputs[0], inputs[1], ...).
template <std::derived_from<Module> M> CheckedFunction call_of(M& module) {
  return [&module](Inputs in) -> Tensors {
    if constexpr (std::invocable<M&, const Tensor&>)
      if (in.size() == 1) return {module(in[0])};
    if constexpr (std::invocable<M&, const Tensor&, const Tensor&>)
      if (in.size() == 2) return {module(in[0], in[1])};
    if constexpr (std::invocable<M&, const Tensor&, const Tensor&, const Tensor&>)
      if (in.size() == 3) return {module(in[0], in[1], in[2])};
    argument_error({"gradcheck: the module cannot be called with ", in.size(), " tensors"});
  };
}
template <std::derived_from<Module> M>
GradcheckReport gradcheck(M& module, const std::vector<Tensor>& inputs, GradcheckOptions o = {}) {
  return gradcheck(module, call_of(module), inputs, o);
}

}  // namespace gradus
