// SPDX-License-Identifier: MIT
// The parts of gradus demo in separate files.
#pragma once

namespace gradus::tools {

/// Trains a classifier on synthetic weekly records of customers and finds the decisive weeks; false
/// if it is stopped or does not find the planted weeks.
bool demo_churn();

}  // namespace gradus::tools
