// SPDX-License-Identifier: MIT
// The check of one input of one op, in f64: the doctor's comparison of a gradient with differences.
#pragma once
#include "gradus/check/doctor.h"

namespace gradus::check {

/// An op of a tape that can run again, in f64, at any inputs.
struct RuleInF64 {
  explicit RuleInF64(const TapeOp& op);
  /// The results at other inputs.
  Tensors results(Inputs in) const;
  /// The gradients of the wanted inputs under these cotangents, at the recorded inputs.
  Grads gradients(const std::vector<Tensor>& dy) const;

  const TapeOp& op;
  std::vector<Tensor> inputs, outputs;  // floats in f64
  std::vector<bool> wanted;             // float inputs that need a gradient
  Ref<Node> node;                       // its run() is the backward at `inputs`

 private:
  Tensors run(Inputs in, Ref<Node>& made) const;
};

/// A gradient of an op and what it is compared with.
struct Compared {
  std::vector<Tensor> cotangents;
  Tensor analytic;
};

/// Compares the gradient of input `which` with differences, and fills in the numbers, the verdict
/// and the reason. Returns the gradient under the cotangents that it chose, for a diagnosis.
Compared check_input(const RuleInF64& rule, size_t which, const DoctorOptions& options,
                     OpCheck& check);

/// What the error of a failing input looks like.
Diagnosis diagnosis_of(const RuleInF64& rule, size_t which, const Compared& wrong,
                       const DoctorOptions& options);

double norm_of(const Tensor& x);

}  // namespace gradus::check
