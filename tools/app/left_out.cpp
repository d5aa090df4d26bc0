// SPDX-License-Identifier: MIT
// Computes a score again without each token.
#include "tools/app/left_out.h"

#include "gradus/autograd/node.h"

namespace gradus::tools {
namespace {

using Score = std::function<double(const Tokens&)>;

std::vector<double> effects(const Tokens& tokens, const Score& score, size_t first, size_t after,
                            const std::function<Tokens(size_t)>& changed) {
  const NoGrad no_grad;
  std::vector<double> all(tokens.size());
  if (first + after >= tokens.size()) return all;
  const double whole = score(tokens);
  for (size_t i = first; i + after < tokens.size(); ++i)
    if (const Tokens without = changed(i); without.size() > first + after)
      all[i] = whole - score(without);
  return all;
}

}  // namespace

std::vector<double> left_out_effects(const Tokens& tokens, const Score& score, size_t first,
                                     size_t after) {
  return effects(tokens, score, first, after, [&](size_t i) {
    Tokens without = tokens;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    return without;
  });
}

std::vector<double> hidden_effects(const Tokens& tokens, int64_t hidden, const Score& score,
                                   size_t first, size_t after) {
  return effects(tokens, score, first, after, [&](size_t i) {
    Tokens without = tokens;
    without[i] = hidden;
    return without;
  });
}

}  // namespace gradus::tools
