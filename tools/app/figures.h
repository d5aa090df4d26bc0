// SPDX-License-Identifier: MIT
// The figures of a report, printed.
#pragma once
#include "gradus/io/json.h"

namespace gradus::tools {

/// Throws std::runtime_error where a figure is not finite, with its name.
void check_figures(const Json& figures);

/// On stdout, checked first: one line a figure, name and value ("f1 (of churned)" where a figure is
/// about one of two classes), then tables, last the conclusion; or all of them as JSON.
void print_figures(const Json& figures, bool json);

}  // namespace gradus::tools
