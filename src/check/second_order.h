// SPDX-License-Identifier: MIT
// Checks gradients of gradients: the graph built by create_graph against differences.
#pragma once
#include "check/op_table.h"
#include "gradus/autograd/node.h"

namespace gradus::check {

/// A sample with its first gradients: those of the inputs `which` under `cotangents`.
struct FirstOrder {
  const Sample& sample;
  const std::vector<size_t>& which;
  const std::vector<Tensor>& cotangents;
  const std::vector<Tensor>& grads;
};

/// The first error, or "". With G(x, c) the gradients at inputs x under cotangents c:
///   the graph's values of G equal those of the plain backward, to 1e-10;
///   <J' v, u> from the graph equals the five-point difference of <v, G> along u, to 1e-6, for
///   random v and directions u of x and c. The differences use the plain backward, so that the two
///   forms of a rule check each other.
std::string second_order_error(const FirstOrder& first, uint64_t seed);

/// The same with half of the gradient of `rules` held constant: right values, half the derivative.
std::string second_order_error_of_mutant(const FirstOrder& first, uint64_t seed,
                                         const std::vector<std::string>& rules);

/// The message of create_graph for a rule without backward_graph, or "" if it did not refuse.
std::string second_order_refusal(const FirstOrder& first);

}  // namespace gradus::check
