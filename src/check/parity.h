// SPDX-License-Identifier: MIT
// Cases that PyTorch has worked out, run again here: a module or function with its parameters and
// inputs, its outputs and gradients. A case is a safetensors file:
//   metadata  target (PyTorch's full name), config, forward (JSON objects), mode (train or eval);
//             source ("torch 2.14.1"), and where versions of PyTorch differ the versions that the
//             case holds for: torch (">=2.14" or "<2.14")
//   tensors   param/NAME, in/ARG, out/K, cot/K, grad/in/ARG, grad/param/NAME; for gradients of
//             gradients dir/NAME, and twice/NAME: the gradient of sum <dir/NAME, grad/NAME>
// Next: check/parity_call.h
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace gradus::check {

/// The version of PyTorch that gradus follows where versions differ.
inline constexpr const char* followed_torch = "2.14";

struct ParityResult {
  enum class Verdict { pass, fail, unknown };
  std::string name;  // of the file, without its ending
  Verdict verdict = Verdict::unknown;
  double worst = 0;      // max |a - b| / (1 + max |b|), b the reference, over all tensors
  std::string tensor{};  // that has it: "grad/in/input"
  std::string reason{};  // why it is unknown, or failed otherwise than by a number
  std::string torch{};   // the versions that it holds for: ">=2.14"; "" for all
  std::string source{};  // who computed it: "torch 2.13.0"; "" where the case does not say
};

/// One case. A target, argument, mode or tensor that gradus does not know makes it unknown, never
/// passed, and so do versions without the one that gradus follows. tolerance: of the error; 1e-10
/// in f64, 2e-5 in f32 where it is not given.
/// Throws std::runtime_error for a file that is no case.
ParityResult run_parity(const std::string& path, std::optional<double> tolerance = {});

/// All targets that are known, in order.
std::vector<std::string> parity_targets();

}  // namespace gradus::check
