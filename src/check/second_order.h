// SPDX-License-Identifier: MIT
// Gradients of gradients: is the graph that create_graph builds the derivative of the backward?
#pragma once
#include "check/op_table.h"
#include "gradus/autograd/node.h"

namespace gradus::check {

/// A sample with what its first gradients were: those of `which`, under `cotangents`.
struct FirstOrder {
  const Sample& sample;
  const std::vector<size_t>& which;
  const std::vector<Tensor>& cotangents;
  const std::vector<Tensor>& grads;
};

/// What is wrong, or "". With G(x, c) the gradients at inputs x under cotangents c:
///   the graph's values of G are those of the plain backward, to 1e-10;
///   <J' v, u> from the graph equals the five-point difference of <v, G> along u, to 1e-6, for
///   random v and directions u of x and c. The differences are those of the plain backward, so the
///   two forms of a rule are held against each other.
std::string second_order_error(const FirstOrder& first, uint64_t seed);

/// The same while one of `rules` is told as half a constant: right values, half of the derivative.
std::string second_order_error_of_mutant(const FirstOrder& first, uint64_t seed,
                                         const std::vector<std::string>& rules);

/// What create_graph says where a rule has no second form, or "" where it said nothing.
std::string second_order_refusal(const FirstOrder& first);

}  // namespace gradus::check
