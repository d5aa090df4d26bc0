// SPDX-License-Identifier: MIT
// Vectors of texts: a BERT, and one vector for each text out of those of its tokens.
// Next: models/hugging_face/weights.h
#pragma once
#include <span>
#include <string>

#include "gradus/data/tokenizer.h"
#include "models/bert.h"

namespace gradus {

struct SentenceOptions {
  int64_t max_tokens = 128;                 // [CLS] and [SEP] among them; what follows is not read
  TextPooling pooling = TextPooling::mean;  // first: the vector of [CLS], as the encoder gives it
  bool normalize = true;                    // vectors of length 1
};

struct TextVectors {
  Tensor vectors{};                // [N, C]
  std::vector<int64_t> lengths{};  // tokens that were read, [CLS] and [SEP] among them
  int64_t cut = 0;                 // texts that were longer
};

/// A vector for each text, in their order: the mean over its tokens, or that of the first. Texts of
/// similar length are computed together; a text's vector does not depend on the others but for
/// rounding. Added words of the tokenizer, such as "[SEP]", are found in texts. No graph is kept.
/// Throws std::invalid_argument: max_tokens below 3 or beyond the encoder's positions, a tokenizer
/// without [CLS] and the like, or with another vocabulary.
TextVectors embed_texts(const Bert& encoder, const Tokenizer& tokenizer,
                        std::span<const std::string> texts, const SentenceOptions& options);

/// Each row divided by its length (at least 1e-12): [N, C] -> [N, C].
Tensor unit_rows(const Tensor& x);

}  // namespace gradus
