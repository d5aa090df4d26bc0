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
/// That of an op, or null for a rule of a user's own.
const RuleInSymbols* rule_in_symbols(const std::string& op);

}  // namespace gradus::tools
