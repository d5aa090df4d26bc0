// SPDX-License-Identifier: MIT
// A small made-up text with a grammar, for the pages on language.
#pragma once
#include <string>
#include <vector>

#include "gradus/base/random.h"

namespace gradus::tools {

/// The four classes of words that fill the gaps of the sentences, eight words each: people, places,
/// animals, foods.
const std::vector<std::vector<std::string>>& toy_classes();
/// "anna lives in rome . anna feeds the cat . the cat eats bread ." and so on, one story a line;
/// the person and the animal of a story reappear. `shuffled`: the words of the whole text in random
/// order, so that no word predicts its neighbours.
std::string toy_text(int64_t stories, bool shuffled, Generator& gen);

}  // namespace gradus::tools
