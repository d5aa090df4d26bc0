// SPDX-License-Identifier: MIT
// Texts with their classes.
// Next: models/tasks/text_bag.h
#pragma once
#include <string>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/tensor/tensor.h"
#include "models/text_tokens.h"

namespace gradus {

struct TextSet {
  std::vector<std::string> texts{};
  std::vector<Tokens> tokens{};   // set by take_tokens()
  std::vector<int64_t> labels{};  // class numbers
  int64_t cut = 0;                // number of texts that were cut

  int64_t size() const { return static_cast<int64_t>(texts.size()); }
  /// Tokenises the texts and keeps the first `most` tokens of each.
  void take_tokens(const Tokenizer& tokenizer, int64_t most);
  /// Moves a random share of the texts into a new set.
  TextSet take_out(double share, Generator& gen);
  std::vector<int64_t> counts(int64_t classes) const;
  Tensor label_tensor() const;
};

}  // namespace gradus
