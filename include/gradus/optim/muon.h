// SPDX-License-Identifier: MIT
// Muon: momentum whose update is orthogonalised, for matrices; AdamW for all else.
// Next: optim/sgd.h
#pragma once
#include "gradus/optim/adam.h"

namespace gradus {

/// The factor of the rate for a parameter [rows, cols]: sqrt(max(1, rows / cols)), or, so that
/// rates and decay of AdamW can be reused, 0.2 sqrt(max(rows, cols)).
enum class MuonScale { original, match_rms_adamw };

struct MuonOptions {
  double lr = 1e-3, weight_decay = 0.1, momentum = 0.95;
  bool nesterov = true;
  double a = 3.4445, b = -4.7750, c = 2.0315;  // coefficients of Newton-Schulz
  double eps = 1e-7;
  int ns_steps = 5;
  MuonScale adjust_lr = MuonScale::original;
  int64_t parts = 1;  // rows are split into this many matrices: 3 for stacked q, k, v projections
};

/// For each matrix p with gradient g:
///   m = momentum m + (1 - momentum) g,  u = momentum m + (1 - momentum) g, without nesterov u = m
///   x = u / max(|u|, eps), then ns_steps times x = a x + (b s + c s^2) x with s = x x^T
///   p = p - lr weight_decay p - lr factor x
/// x is u with its singular values brought near 1. A parameter with more axes counts as
/// [first, others]. Products run in the parameter's dtype; PyTorch's run in bfloat16, to whose
/// rounding f32 agrees.
/// State: momentum_buffer; of the others as in AdamW.
/// Throws std::invalid_argument: a setting that is not finite or out of range; a parameter with
/// fewer than two axes among the matrices.
/// Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; the
/// second factor: Liu et al. 2025, "Muon is Scalable for LLM Training".
class Muon : public Optimizer {
 public:
  explicit Muon(const ParameterList& matrices, MuonOptions options = {});
  /// Muon(matrices, 0.02): default values for the other settings.
  template <RateNumber N>
  Muon(const ParameterList& matrices, N lr)
      : Muon(matrices, with_rate<MuonOptions>({}, static_cast<double>(lr))) {}
  /// AdamW updates `others`. Groups are numbered from the first one of the matrices.
  explicit Muon(const std::vector<Group<MuonOptions>>& matrices,
                const std::vector<Group<AdamOptions>>& others = {});
  void step() override;

 private:
  template <class T> void step_of_matrices(DType dtype);
  std::vector<MuonOptions> matrices_;
  std::vector<AdamOptions> others_;
};

/// A model's parameters for Muon: the matrices of hidden layers, with stacked q, k and v
/// projections of equal size in groups of their own; and the others, which are vectors, tables of
/// embeddings and positions, and the parameters of `heads`, the output layers.
struct MuonParameters {
  std::vector<NamedTensor> matrices{}, stacked{}, others{};
};
MuonParameters muon_parameters(Module& model, const std::vector<std::string>& heads = {});

}  // namespace gradus
