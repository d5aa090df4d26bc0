// SPDX-License-Identifier: MIT
// Mixture of experts: several feed-forwards, of which a gate chooses a few for each position.
// Next: nn/transformer.h
#pragma once
#include <string>
#include <vector>

#include "gradus/nn/basic.h"

namespace gradus {

struct MixtureOfExpertsOptions {
  FeedForwardOptions expert{};
  int64_t num_experts = 8;
  int64_t top_k = 2;                // experts per position
  std::optional<bool> normalize{};  // scale chosen gates to sum 1; by default if top_k > 1
  bool straight_through = false;    // chosen gates are 1 / top_k, with unchanged gradients
  /// switch_transformer: E sum_e f_e P_e, f_e the share of choices of expert e and P_e its mean
  /// probability (Fedus, Zoph, Shazeer 2021, equation 4); gshard: sum_e f_e P_e / E, f_e of first
  /// choices only (Lepikhin et al. 2020, algorithm 1).
  enum class Balance { switch_transformer, gshard };
  Balance balance = Balance::switch_transformer;
};

/// p = softmax(x W_gate^T),  y = sum over the top_k experts e of g_e expert_e(x), g_e = p_e, or
/// p_e / sum of the chosen p.  x: [..., d_model] -> y: the same. Each expert gets its rows as one
/// matrix: a position costs nothing in experts it did not choose, and an expert without any rows
/// has gradient exactly 0. Gradients reach the gate through g_e and the balance loss.
/// Keys: gate.weight [E, d_model], experts.0.*, ...; ties choose the first expert.
/// Throws std::invalid_argument: top_k outside 1..num_experts, widths that do not match.
/// Source: Shazeer et al. 2017, "Outrageously large neural networks".
struct MixtureOfExperts : Module {
  explicit MixtureOfExperts(MixtureOfExpertsOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override {
    v("gate", gate);
    v("experts", experts);
  }
  MixtureOfExperts clone() const { return cloned(*this); }

  MixtureOfExpertsOptions options;
  Linear gate;
  std::vector<FeedForward> experts;

 private:
  struct Choice;
  Choice choose(const Tensor& probabilities) const;
  Tensor gates(const Tensor& probabilities, const Tensor& chosen) const;
  void record(const Choice& choice, const Tensor& probabilities) const;
};

/// During its lifetime, records the mixtures of experts of this thread; enclosing recorders do too.
///
///   ExpertRecorder seen;
///   const Tensor loss = cross_entropy(model(x), y) + 0.01 * seen.balance_loss();
///   std::puts(seen.table().c_str());
class ExpertRecorder {
 public:
  ExpertRecorder();
  ~ExpertRecorder();
  ExpertRecorder(const ExpertRecorder&) = delete;
  ExpertRecorder& operator=(const ExpertRecorder&) = delete;

  struct Record {
    std::string name;             // of the layer, if set_names() of its model was called
    std::vector<int64_t> counts;  // positions that chose each expert
    Tensor balance;               // scalar, tracked; smallest if all experts get equal shares
  };
  std::vector<Record> records;  // in the order of the calls
  /// The mean over records, differentiable; undefined if there are none.
  Tensor balance_loss() const;
  /// One line per record: name, share of each expert in percent.
  std::string table() const;

  /// Hands a record to all recorders of this thread.
  static void add(const Record& record);
  static bool listening();

 private:
  ExpertRecorder* before_;
};

}  // namespace gradus
