// SPDX-License-Identifier: MIT
// Gradient checking: compares gradients with finite differences of the function, in f64.
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
  double atol = 1e-7;  // an element passes if its error is within atol + rtol * |numeric|
  double rtol = 1e-6;
  uint64_t seed = 0;  // seed of the random cotangent
};

/// undecided: the check cannot decide and gives a reason (a kink within one step, values that are
/// not finite, f32 inputs, a function that returns different values on a second call).
enum class Verdict { pass, fail, undecided };
const char* name(Verdict v);

/// The result for one input; the numbers are those of its worst element.
struct GradcheckEntry {
  std::string name;
  Shape shape{};
  Verdict verdict = Verdict::pass;
  double error = 0;   // |analytic - numeric| / (1 + |numeric|)
  int64_t index = 0;  // row-major
  double analytic = 0, numeric = 0;
  std::string reason;
};

struct GradcheckReport {
  Verdict verdict = Verdict::pass;  // fail if any entry fails, else undecided if any is
  std::vector<GradcheckEntry> entries;
  double worst() const;
  /// A table with one line per input and a final line with the verdict.
  std::string str() const;
  explicit operator bool() const { return verdict == Verdict::pass; }
};

/// A function under test: takes the inputs and returns one or more tensors.
using CheckedFunction = std::function<Tensors(Inputs)>;

/// Compares the gradients of `fn` with respect to each f64 input with the five-point difference
///   (f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12h   of   f = sum_k <c_k, fn(inputs)_k>
/// under a random cotangent c; a cotangent of ones would miss errors in softmax or layer_norm.
/// Inputs of other dtypes are passed through. The inputs are not modified.
/// Source: Abramowitz and Stegun 1964, 25.3.6.
GradcheckReport gradcheck(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                          GradcheckOptions options = {});

/// gradcheck of second derivatives: of (x, c) -> grad of <c, fn(x)> with create_graph, with respect
/// to all f64 inputs x and all cotangents c, which the report calls "cotangent k". Throws
/// std::invalid_argument, naming the op, if an op has no backward_graph.
GradcheckReport gradgradcheck(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                              GradcheckOptions options = {});

/// Random numbers of absolute value 0.5 to 1.5 in the shapes of `outputs` (undefined if an output
/// is not a float), so that no small cotangent hides an error.
std::vector<Tensor> random_cotangents(Inputs outputs, uint64_t seed);

/// The five-point difference for input `which`, in its shape. Float inputs must be f64 and
/// contiguous.
Tensor numeric_gradient(const CheckedFunction& fn, const std::vector<Tensor>& inputs, size_t which,
                        const std::vector<Tensor>& cotangents, double step = 3e-5);

}  // namespace gradus
