// SPDX-License-Identifier: MIT
// The gradient doctor: checks the rule of each op of a real model with the inputs that it really
// had, and blames the first op whose rule is wrong.
//
//   const DoctorReport report = doctor([&] { return model.loss(x); });
//   std::cout << report.str();
#pragma once
#include <string>
#include <vector>

#include "gradus/check/diagnosis.h"
#include "gradus/check/tape.h"

namespace gradus {

struct DoctorOptions {
  int64_t directions = 2;   // random directions in which each gradient is compared with differences
  int64_t elements = 3;     // and random elements
  double tolerance = 1e-6;  // smaller errors pass; relative to the norm of the gradient
  double seconds = 10;      // limit for diagnosing one failing op, which takes many differences
  uint64_t seed = 0;
};

/// The check of one op. Its numbers are those of the worst comparison: of a directional derivative
/// or of one element.
struct OpCheck {
  std::string op;
  std::string place;  // "reads layers.0.linear1.weight": see TapeOp
  std::vector<Shape> inputs, outputs;
  Verdict verdict = Verdict::pass;
  double error = 0;    // |analytic - numeric| / |gradient|
  double bound = 0;    // in the same unit: the differences cannot detect smaller errors
  size_t input = 0;    // whose gradient has that error
  int64_t index = -1;  // the element, row-major; -1: along a direction
  double analytic = 0, numeric = 0;
  std::string reason{};   // why undecided, or failed without a wrong number
  Diagnosis diagnosis{};  // what is wrong, if it failed
  /// "matmul [3, 4] [4, 5] -> [3, 5]".
  std::string signature() const;
};

struct DoctorReport {
  Verdict verdict = Verdict::pass;     // fail if any op fails, else undecided if any is
  std::vector<OpCheck> ops;            // in the order in which they ran
  std::vector<std::string> between{};  // see Tape
  /// The first op that fails, or null.
  const OpCheck* blamed() const;
  /// One line for each kind of op: count, worst error, verdict; and what is wrong with the blamed
  /// op.
  std::string str() const;
};

/// Checks each op of the tape by itself, so that a wrong rule does not make others look wrong:
///   in f64, where the op runs again at the same inputs: its gradients under a random cotangent
///   against five-point differences, along random directions and at random elements;
///   as it ran: the gradients from the real backward against those in f64 under the same dy. It
///   allows for rounding, measured by changing the last digit of the inputs.
/// undecided, with the reason: kinks, values that are not finite, differences that are too coarse,
/// ops that do not run in f64 or have no derivative by design (straight_through).
/// The blamed op is also diagnosed, by the patterns of diagnose().
DoctorReport doctor(const Tape& tape, DoctorOptions options = {});
/// The same for a function that computes the loss: see record_tape().
DoctorReport doctor(const std::function<Tensor()>& loss, DoctorOptions options = {});

}  // namespace gradus
