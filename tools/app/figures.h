// SPDX-License-Identifier: MIT
// Printing the figures of a report.
#pragma once
#include "gradus/io/json.h"

namespace gradus::tools {

/// Throws std::runtime_error, with its name, for a figure that is not finite.
void check_figures(const Json& figures);

/// Checks and prints figures on stdout: one line per figure, with name and value ("f1 (of churned)"
/// for figures of the positive class), then tables, then the conclusion; or everything as JSON.
void print_figures(const Json& figures, bool json);

}  // namespace gradus::tools
