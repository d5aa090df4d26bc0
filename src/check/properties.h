// SPDX-License-Identifier: MIT
// The properties that every op has, each written once over all rows of the op table.
#pragma once
#include "check/op_table.h"

namespace gradus::check {

struct CheckOptions {
  uint64_t seed = 0;
  int samples = 0;  // 0: all that the row makes; more than that: made again from other seeds
  bool mutants = false;
  bool large = true;  // at the edge of the numbers and at real sizes, too
};

struct RowReport {
  std::string name;
  bool differentiable = true;
  int samples = 0;
  double worst = 0;  // relative error of the gradient
  double identity = 0;  // |<c, J u> - <J' c, u>| of forward and reverse mode, relative
  bool twice = false;   // its gradient has a gradient, and that passed, too
  int mutants = 0, caught = 0, written_by_hand = 0;
  std::vector<std::string> failures{};  // "property, sample: what"
  std::vector<std::string> survivors{};  // mutants that nobody noticed
  bool ok() const { return failures.empty() && survivors.empty(); }
};

/// Runs every property on every sample of a row, and its mutants if asked.
RowReport check_row(const OpRow& row, const CheckOptions& options = {});

/// The mutants that make sense for any rule: zeroed, negated, scaled, shifted, cotangent ignored.
std::vector<Mutant> general_mutants();

}  // namespace gradus::check
