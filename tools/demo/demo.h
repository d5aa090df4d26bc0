// SPDX-License-Identifier: MIT
// The parts of gradus demo that stand in files of their own.
#pragma once

namespace gradus::tools {

/// Trains a classifier on made-up records of customers, by the week, and asks which weeks decided;
/// false when it is stopped, or does not find the weeks that were planted.
bool demo_churn();

}  // namespace gradus::tools
