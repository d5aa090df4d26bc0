// SPDX-License-Identifier: MIT
// Short descriptions of the figures of reports; docs/reading-a-report.md has the details.
#pragma once
#include <string>

namespace gradus::tools {

/// "share predicted correctly" for "accuracy"; "" for a key that is not a figure.
std::string figure_words(const std::string& key);

}  // namespace gradus::tools
