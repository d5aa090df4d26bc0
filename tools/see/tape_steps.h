// SPDX-License-Identifier: MIT
// A tape step by step: forward op by op, then backward in the opposite order.
#pragma once
#include "gradus/check/tape.h"

namespace gradus::tools {

/// One line of a step: "x", "from parameter w", "f64 [2, 3]", "1 2 3, 4 5 6".
struct StepLine {
  std::string name, where, type, values;
};
struct TapeStep {
  bool backward = false;
  size_t op = 0;      // index on the tape
  std::string title;  // "forward 3 of 12: matmul"
  std::string place, rule;
  std::vector<StepLine> takes{}, gives{};  // forward: inputs, outputs; backward: dy, gradients
  std::vector<StepLine> has{};             // backward: the values of the forward
};

class TapeSteps {
 public:
  explicit TapeSteps(const Tape& tape) : tape_(tape) {}
  size_t size() const { return 2 * tape_.ops.size(); }
  size_t first_backward() const { return tape_.ops.size(); }
  TapeStep at(size_t step) const;

  /// The steps at which "op=NAME", "param=NAME" or "nonfinite" stops; all for "". Throws UsageError
  /// for other words, and for an op or a parameter that is not on the tape.
  std::vector<size_t> stops(const std::string& at) const;

 private:
  bool stops_at(size_t step, const std::string& kind, const std::string& name) const;
  std::string label(const TapeSource& source) const;
  const Tape& tape_;
};

std::string text_of(const TapeStep& step);

/// Up to `most` values: "1 2 3, 4 5 6"; longer tensors end in "... (24 values from -1 to 3)".
std::string values_text(const Tensor& x, size_t most = 12);

/// A page for a browser without a network: all steps, one shown at a time.
std::string steps_page(const TapeSteps& steps, const std::vector<size_t>& stops,
                       const std::string& title);
/// Its script, and the SHA-256 of that in base 64.
extern const char* const steps_script;
extern const char* const steps_script_sha256;

}  // namespace gradus::tools
