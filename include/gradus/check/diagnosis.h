// SPDX-License-Identifier: MIT
// What is wrong with a gradient: names the likely mistake from the pattern of its error.
// Next: check/tape.h
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/autograd/gradcheck.h"

namespace gradus {

enum class Mistake {
  none,
  not_finite,      // NaN or infinity
  missing,         // zero everywhere
  few_elements,    // all but a few elements are right: an edge of a loop
  sign,            // the right gradient, negated
  factor,          // the right gradient times a constant: 2, 1/n, √d, ...
  transposed,      // the right gradient of a matrix, transposed
  other_input,     // the gradient of another input
  ignores_dy,      // does not depend on the gradient of the output
  partial_sum,     // only one slice of a broadcast axis counts: the sum over it is missing
  line_factor,     // a factor for each line along one axis
  element_factor,  // a factor for each element: a missing or extra x, y, 1 - y, ...
  missing_term,    // a missing or extra term, such as - y sum(dy y)
  moved,           // the right values at other positions: a wrong axis or an offset
  unknown,
};
const char* name(Mistake m);

/// A suspect gradient, and what is known about the call that it belongs to.
struct Suspect {
  Tensor analytic, numeric;  // from a backward, and the right one; equal shapes
  std::vector<Tensor> inputs{}, outputs{}, cotangents{};  // of the call, if known
  size_t which = 0;                                       // the input that it is the gradient of
  /// The right gradient of input `which` under other cotangents, for example by
  /// numeric_gradient(); may be missing.
  std::function<Tensor(size_t which, const std::vector<Tensor>& cotangents)> right{};
};

struct Diagnosis {
  Mistake mistake = Mistake::none;
  std::string words{};  // what it looks like and where to look, for the author of the backward
};

/// Compares the two gradients element by element, within a relative tolerance of 1e-5, and tries
/// each kind of mistake in the order above. It never throws because of unusual values.
Diagnosis diagnose(const Suspect& suspect);

/// gradcheck(fn, inputs), and a diagnosis of each input whose gradient fails.
struct DiagnosedReport {
  GradcheckReport report;
  std::vector<Diagnosis> diagnoses;  // one for each entry of the report
  std::string str() const;
};
DiagnosedReport diagnose_gradients(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                                   GradcheckOptions options = {});

}  // namespace gradus
