// SPDX-License-Identifier: MIT
// Short descriptions of the figures of reports; docs/reading-a-report.md has the details.
#pragma once
#include <string>

#include "gradus/io/json.h"

namespace gradus::tools {

/// "share predicted correctly" for "accuracy"; "" for a key that is not a figure.
std::string figure_words(const std::string& key);

/// The name of a figure among these: "f1 (of churned)" for those of the positive class.
std::string figure_label(const Json& figures, const std::string& key);

}  // namespace gradus::tools
