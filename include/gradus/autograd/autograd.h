// SPDX-License-Identifier: MIT
// Gradients of results with respect to inputs, beyond Tensor::backward().
// Next: autograd/gradcheck.h
#pragma once
#include <functional>
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

struct GradOptions {
  bool retain_graph = false;  // keep the saved tensors for another backward
  bool create_graph = false;  // make the gradients differentiable themselves; keeps the graph
  bool allow_unused = false;  // return undefined for inputs that the outputs do not depend on
};

/// The gradients of sum_k <cotangents[k], outputs[k]> with respect to `inputs`; grad() of leaves
/// does not change. Without cotangents all outputs must be scalars, with cotangent 1.
/// Throws std::invalid_argument if an output is not tracked or its cotangent has another shape, if
/// an input is unused, or if an earlier backward freed the graph. With create_graph, also for ops
/// without a backward_graph, which the message names: attention, convolution, recurrent layers.
std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                         std::span<const Tensor> cotangents = {}, GradOptions options = {});
/// The same for one output and one input.
Tensor grad(const Tensor& output, const Tensor& input, const Tensor& cotangent = {},
            GradOptions options = {});

namespace detail {
/// backward() warns of parameters that get a gradient but are not trained: those that no module
/// lists although it lists others, and those that no optimiser holds although it holds others.
/// Parameters created after the listing are exempt until the next optimiser step. `of` names the
/// parameter in the warning and must live as long as the program.
void mark_parameter(const Tensor& leaf, const char* of);
const char* parameter_kind(const Tensor& leaf);  // "Linear.weight"; "" for no parameter
void mark_parameter(const Tensor& leaf, const Tensor& like);  // with the name of `like`
void mark_listed(const Tensor& leaf);
void mark_held(const Tensor& leaf);
void count_step();
}  // namespace detail

/// The Jacobian of fn at x: element (i, j) is d fn(x)_i / d x_j, both in row-major order.
/// x: [..., n elements] -> [numel of fn(x), n]; runs one backward per row. f32 or f64.
Tensor jacobian(const std::function<Tensor(const Tensor&)>& fn, const Tensor& x);

/// The Hessian of a scalar fn at x: element (i, j) is d^2 fn / dx_i dx_j, both in row-major order.
/// x: [..., n elements] -> [n, n].
Tensor hessian(const std::function<Tensor(const Tensor&)>& fn, const Tensor& x);

}  // namespace gradus
