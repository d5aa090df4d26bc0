// SPDX-License-Identifier: MIT
// What the figures of reports mean, in a few words each; docs/reading-a-report.md has the rest.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace gradus::tools {

/// "share of the samples that are right" for "accuracy"; "" for a key that is no figure.
std::string figure_words(const std::string& key);

/// All of them, key and words.
const std::vector<std::pair<const char*, const char*>>& all_figure_words();

}  // namespace gradus::tools
