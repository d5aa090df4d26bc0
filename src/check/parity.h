// SPDX-License-Identifier: MIT
// Runs cases whose results PyTorch computed: a module or function with its parameters and inputs,
// outputs and gradients. A case is a safetensors file:
//   metadata  target (PyTorch's full name), config, forward (JSON objects), mode (train or eval);
//             source ("torch 2.14.1"), and, if versions of PyTorch differ, the versions that the
//             case is for: torch (">=2.14" or "<2.14")
//   tensors   param/NAME, in/ARG, out/K, cot/K, grad/in/ARG, grad/param/NAME; for gradients of
//             gradients dir/NAME, and twice/NAME: the gradient of sum <dir/NAME, grad/NAME>
// Next: check/parity_call.h
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace gradus::check {

/// The version of PyTorch that gradus follows if versions differ.
inline constexpr const char* followed_torch = "2.14";

struct ParityResult {
  enum class Verdict { pass, fail, unknown };
  std::string name;  // file name without its extension
  Verdict verdict = Verdict::unknown;
  double worst = 0;      // max |a - b| / (1 + max |b|), b the reference, over all tensors
  std::string tensor{};  // the tensor with the worst error: "grad/in/input"
  std::string reason{};  // why it is unknown, or failed other than by a wrong number
  std::string torch{};   // the versions it is for: ">=2.14"; "" for all
  std::string source{};  // what computed it: "torch 2.13.0"; "" if not recorded
};

/// Runs one case. The result is `unknown`, never `passed`, if gradus does not know its target,
/// mode, or an argument or tensor, or if it is for other versions of PyTorch. tolerance: the
/// largest error that passes; by default 1e-10 in f64 and 2e-5 in f32. Throws std::runtime_error if
/// the file is not a case.
ParityResult run_parity(const std::string& path, std::optional<double> tolerance = {});

/// All known targets, sorted.
std::vector<std::string> parity_targets();

}  // namespace gradus::check
