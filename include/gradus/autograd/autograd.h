// SPDX-License-Identifier: MIT
// Gradients of results with respect to inputs, beyond Tensor::backward().
// Next: autograd/gradcheck.h
#pragma once
#include <functional>
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

struct GradOptions {
  bool retain_graph = false;  // keep what was saved, for another backward
  bool create_graph = false;  // the gradients can be differentiated themselves; keeps the graph
  bool allow_unused = false;  // an input that the outputs do not depend on gives undefined
};

/// The gradients of sum_k <cotangents[k], outputs[k]> with respect to `inputs`; grad() of leaves
/// stays as it is. No cotangents: all outputs are scalars, and each has 1.
/// Throws std::invalid_argument when an output is not tracked or has a cotangent of another
/// shape, when an input is unused, and when the graph was freed by an earlier backward. With
/// create_graph ops whose rule has no second form throw, too, and the message names them:
/// attention, convolution, the recurrent layers. All other ops have it.
std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                         std::span<const Tensor> cotangents = {}, GradOptions options = {});
/// The same for one output and one input.
Tensor grad(const Tensor& output, const Tensor& input, const Tensor& cotangent = {},
            GradOptions options = {});

namespace detail {
/// A backward() warns of parameters that get a gradient and will not be trained: those which no
/// module lists, beside others which one does; and those which no optimiser holds, beside others
/// which one holds; what was made after the listing has until the next step of an optimiser.
/// `of` is what to call the parameter, and lives as long as the program.
void mark_parameter(const Tensor& leaf, const char* of);
void mark_parameter(const Tensor& leaf, const Tensor& like);  // as `like` is called
void mark_listed(const Tensor& leaf);
void mark_held(const Tensor& leaf);
void count_step();
}  // namespace detail

/// The Jacobian of fn at x: element (i, j) is d fn(x)_i / d x_j, both in row-major order.
/// x: [..., n elements] -> [numel of fn(x), n]; one backward for each row. f32 or f64.
Tensor jacobian(const std::function<Tensor(const Tensor&)>& fn, const Tensor& x);

/// The Hessian of fn, which returns a scalar, at x: element (i, j) is d^2 fn / dx_i dx_j, both in
/// row-major order. x: [..., n elements] -> [n, n].
Tensor hessian(const std::function<Tensor(const Tensor&)>& fn, const Tensor& x);

}  // namespace gradus
