// SPDX-License-Identifier: MIT
// How to define an op: a plain struct, the rule, holds a forward with its backward right below, and
// a free function passes it to apply(). The whole contract:
//
//   struct Square {                                       // y_i = x_i^2
//     static constexpr const char* name = "square";
//     Tensor x{};                                         // saved
//     Tensor forward(Inputs in);                          // arguments are already checked
//     Grads backward(const Tensor& dy, Wanted w) const;   // dx_i = 2 x_i dy_i
//   };
//   Tensor square(const Tensor& x) { return apply(Square{}, x); }
//
// forward() gets its inputs without their graph, and may save them and its outputs in fields.
// backward() returns one gradient per input, of the input's shape and dtype; it must be defined if
// w[i]. A rule with several outputs returns Outputs and takes const Grads& dy; the dy of an unused
// output is undefined. Only the engine accumulates gradients.
// For second derivatives a rule also has one of these; without one, create_graph throws:
//
//   static constexpr bool linear = true;   // backward() is the adjoint of forward(): one input
//   Grads backward_graph(const Tensor& dy, Wanted w, const History& h) const {
//     return 2 * h.input(0, x) * dy;       // backward() in public ops, which build the graph
//   }
//
// Next: autograd/autograd.h
#pragma once
#include <concepts>
#include <type_traits>

#include "gradus/autograd/history.h"

namespace gradus {

template <class R>
concept SingleRule = requires(R rule, const R constant, Inputs in, const Tensor& dy, Wanted w) {
  { rule.forward(in) } -> std::same_as<Tensor>;
  { constant.backward(dy, w) } -> std::same_as<Grads>;
};
template <class R>
concept MultiRule = requires(R rule, const R constant, Inputs in, const Grads& dy, Wanted w) {
  { rule.forward(in) } -> std::same_as<Outputs>;
  { constant.backward(dy, w) } -> std::same_as<Grads>;
};
/// A type that apply() accepts. A missing or misspelt backward is a compile error.
template <class R>
concept Rule = (SingleRule<R> || MultiRule<R>)&&requires {
  { R::name } -> std::convertible_to<const char*>;
};

/// What apply() returns: a Tensor, or Outputs if the rule has several.
template <Rule R> using ResultOf = std::conditional_t<SingleRule<R>, Tensor, Outputs>;

/// apply(Rule{...}, x, w, b) returns rule.forward(inputs). If an input is tracked and gradients
/// are on, the rule is stored in a graph node for backward().
template <Rule R, std::same_as<Tensor>... T> ResultOf<R> apply(R rule, const T&... inputs);
/// The same for a list of inputs.
template <Rule R> ResultOf<R> apply(R rule, std::span<const Tensor> inputs);
/// For ops without a meaningful gradient (argmax, comparisons): runs forward() on the inputs; the
/// result is never tracked. `backward` is not needed.
template <class R> Tensor constant_op(R rule, std::same_as<Tensor> auto const&... inputs);

}  // namespace gradus

#include "gradus/autograd/apply.h"  // how apply() does it
