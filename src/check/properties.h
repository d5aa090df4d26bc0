// SPDX-License-Identifier: MIT
// The properties of every op, each written once for all rows of the op table.
#pragma once
#include "check/op_table.h"

namespace gradus::check {

struct CheckOptions {
  uint64_t seed = 0;
  int samples = 0;  // 0: all samples of the row; if it has fewer, more are drawn from other seeds
  bool mutants = false;
  bool large = true;  // also check the edge of the number range and real sizes
};

struct RowReport {
  std::string name;
  bool differentiable = true;
  int samples = 0;
  double worst = 0;     // relative error of the gradient
  double identity = 0;  // |<c, J u> - <J' c, u>| of forward and reverse mode, relative
  bool twice = false;   // it has a second derivative, which was checked too
  int mutants = 0, caught = 0, written_by_hand = 0;
  std::vector<std::string> failures{};   // "property, sample: what"
  std::vector<std::string> survivors{};  // mutants that no check caught
  bool ok() const { return failures.empty() && survivors.empty(); }
};

/// Runs every property on every sample of a row, and its mutants if requested.
RowReport check_row(const OpRow& row, const CheckOptions& options = {});

/// Mutants that apply to any rule: zeroed, negated, scaled, shifted, cotangent ignored.
std::vector<Mutant> general_mutants();

}  // namespace gradus::check
