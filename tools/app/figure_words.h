// SPDX-License-Identifier: MIT
// What the figures of reports mean, in a few words each; docs/reading-a-report.md has the rest.
#pragma once
#include <string>

namespace gradus::tools {

/// "share of the samples that are right" for "accuracy"; "" for a key that is no figure.
std::string figure_words(const std::string& key);

}  // namespace gradus::tools
