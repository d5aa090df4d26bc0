// SPDX-License-Identifier: MIT
// The leak check: positions that a mask or a length hides have exactly zero influence, through the
// whole model.
// Next: train/profile.h
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// What a model must not see. Samples of the same batch never see each other.
struct LeakProbe {
  std::string what{};  // "later tokens"
  Tensor input{};      // token ids [B, T], i64, or numbers [B, T, F] or [B, T]
  /// The model with this input: [B, ...], or with `stepwise` [B, O, ...].
  std::function<Tensor(const Tensor& input)> run{};
  bool stepwise = false;
  /// Whether output step o (0 if not stepwise) of sample b must not depend on its input step t.
  std::function<bool(int64_t b, int64_t o, int64_t t)> hidden{};
  /// Writes another valid value at step t of sample b.
  std::function<void(Tensor& input, int64_t b, int64_t t)> change{};
  /// Outputs may differ by this much relative to 1 + |y| when hidden values change: 0, except for
  /// mixtures of experts, where a token's expert computes another number of rows.
  double tolerance = 0;
};

struct LeakFinding {
  std::string what{};
  int64_t pairs = 0;         // hidden pairs of an output and an input position
  bool by_gradient = false;  // whether gradients were checked: not if the input has none
  int64_t gradients = 0;     // hidden pairs whose gradient is not exactly 0
  int64_t values = 0;        // hidden pairs where a changed input changes the output
  std::string first{};       // "output 1 of sample 0 depends on input 3"
  std::string place{};       // the op where the leak enters, if it was found
  bool leaks() const { return gradients > 0 || values > 0; }
};

/// Two tests for each hidden pair. By gradient: the gradient of all elements of the output position
/// with respect to the input position (for token ids: to the result of `embedding`) is exactly 0.
/// By value: with another input there, the output has the same bits; this also finds leaks through
/// argmax and other ops without a gradient.
/// If one leaks, searches for the first op whose result changes at visible positions. Batch and
/// step axes are recognised by their size, so use sizes that occur nowhere else in the model.
/// The model should be in eval mode. Costs B O backwards and B T forwards.
LeakFinding leak_check(const LeakProbe& probe);

}  // namespace gradus
