// SPDX-License-Identifier: MIT
// The rule of each op in symbols: its forward, and how its gradient follows from dy.
#pragma once
#include <string>
#include <vector>

namespace gradus::tools {

struct RuleInSymbols {
  std::string op, forward, gradient;
};
/// All rules of the op table.
const std::vector<RuleInSymbols>& rules_in_symbols();
/// The rule of an op; null for a user's own rule.
const RuleInSymbols* rule_in_symbols(const std::string& op);

}  // namespace gradus::tools
