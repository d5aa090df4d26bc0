// SPDX-License-Identifier: MIT
// The effect of each token on an answer: how much a score falls without it.
#pragma once
#include <functional>
#include <vector>

#include "gradus/data/batch.h"

namespace gradus::tools {

/// score(tokens) - score(tokens without token i), for each i. Tokens before `first`, and the last
/// `after` ones, stay; their effect is 0, as is that of the only token.
std::vector<double> left_out_effects(const Tokens& tokens,
                                     const std::function<double(const Tokens&)>& score,
                                     size_t first = 0, size_t after = 0);
/// The same with `hidden` in the place of token i.
std::vector<double> hidden_effects(const Tokens& tokens, int64_t hidden,
                                   const std::function<double(const Tokens&)>& score,
                                   size_t first = 0, size_t after = 0);

}  // namespace gradus::tools
