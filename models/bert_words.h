// SPDX-License-Identifier: MIT
// The special tokens of a BERT's vocabulary, and batches with them.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "gradus/data/batch.h"
#include "gradus/data/tokenizer.h"

namespace gradus {

/// The ids of the special tokens of a BERT's vocabulary: padding, first, last, hidden.
struct BertWords {
  int64_t pad, cls, sep, mask;
  /// Throws std::invalid_argument for a tokenizer without [PAD], [CLS], [SEP] or [MASK].
  static BertWords of(const Tokenizer& tokenizer);
};
/// The special tokens that learn_tokenizer() must add for a BERT.
std::vector<std::string> bert_specials(const std::string& kind);

/// [CLS] tokens [SEP], one row per sequence, padded with [PAD].
TokenBatch bert_batch(const BertWords& words, std::span<const Tokens> sequences);

}  // namespace gradus
