// SPDX-License-Identifier: MIT
// Is a gradient right? Compared with differences of the function itself, in f64.
//
//   auto report = gradcheck([](Inputs in) { return my_op(in[0], in[1]); }, {x, w});
//   std::cout << report.str();        // name, shape, worst error, where, both values, verdict
//
// Next: ops/elementwise.h
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

struct GradcheckOptions {
  double step = 3e-5;  // h of the five-point difference
  double atol = 1e-7;  // an element passes within atol + rtol * |numeric|
  double rtol = 1e-6;
  uint64_t seed = 0;   // of the random cotangent
};

/// undecided: the check cannot tell, and says why (a kink within reach of the step, values that
/// are not finite, f32 inputs, a function that returns other values when it is called again).
enum class Verdict { pass, fail, undecided };
const char* name(Verdict v);

/// The result for one input; the figures are those of its worst element.
struct GradcheckEntry {
  std::string name;
  Shape shape{};
  Verdict verdict = Verdict::pass;
  double error = 0;  // |analytic - numeric| / (1 + |numeric|)
  int64_t index = 0;  // row-major
  double analytic = 0, numeric = 0;
  std::string reason;
};

struct GradcheckReport {
  Verdict verdict = Verdict::pass;  // fail if any entry fails, else undecided if any is
  std::vector<GradcheckEntry> entries;
  double worst() const;
  /// A table, one line an input, and a closing line with the verdict.
  std::string str() const;
  explicit operator bool() const { return verdict == Verdict::pass; }
};

/// A function under test: it gets the inputs and returns one tensor or several.
using CheckedFunction = std::function<Tensors(Inputs)>;

/// Compares the gradients of `fn` with respect to each f64 input with the five-point difference
///   (f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12h   of   f = sum_k <c_k, fn(inputs)_k>
/// under a random cotangent c; one of ones could not see an error in softmax or layer_norm.
/// Inputs of other dtypes are passed through. The inputs themselves are not changed.
/// Source: Abramowitz and Stegun 1964, 25.3.6.
GradcheckReport gradcheck(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                          GradcheckOptions options = {});

/// gradcheck of the gradients themselves: of (x, c) -> grad of <c, fn(x)> with create_graph, with
/// respect to all f64 inputs x and all cotangents c, which the report calls "cotangent k". Throws
/// std::invalid_argument, with the op's name, where a gradient has no gradient.
GradcheckReport gradgradcheck(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                              GradcheckOptions options = {});

/// Random numbers of absolute value 0.5 to 1.5 in the shapes of `outputs` (undefined where an
/// output is not a float): no gradient can hide behind a small cotangent.
std::vector<Tensor> random_cotangents(Inputs outputs, uint64_t seed);

/// The five-point difference for input `which`, in its shape. The inputs are f64 and contiguous
/// where they are floats.
Tensor numeric_gradient(const CheckedFunction& fn, const std::vector<Tensor>& inputs, size_t which,
                        const std::vector<Tensor>& cotangents, double step = 3e-5);

}  // namespace gradus
