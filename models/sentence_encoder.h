// SPDX-License-Identifier: MIT
// Sentence vectors: a BERT, and pooling of its token vectors to one vector per text.
// Next: models/hugging_face/weights.h
#pragma once
#include <span>
#include <string>

#include "gradus/data/tokenizer.h"
#include "models/bert.h"

namespace gradus {

struct SentenceOptions {
  int64_t max_tokens = 128;                 // with [CLS] and [SEP]; longer texts are cut
  TextPooling pooling = TextPooling::mean;  // first: the encoder's vector of [CLS]
  bool normalize = true;                    // scale vectors to length 1
};

struct TextVectors {
  Tensor vectors{};                // [N, C]
  std::vector<int64_t> lengths{};  // tokens read, with [CLS] and [SEP]
  int64_t cut = 0;                 // number of texts that were cut
};

/// A vector for each text, in order: the mean over its tokens, or that of the first. Texts of
/// similar length share a batch; a text's vector does not depend on the others, up to rounding.
/// Added words of the tokenizer, such as "[SEP]", are recognised in texts. No graph is built.
/// Throws std::invalid_argument: max_tokens below 3 or above the encoder's positions; a tokenizer
/// without [CLS] and the like, or with a vocabulary of another size.
TextVectors embed_texts(const Bert& encoder, const Tokenizer& tokenizer,
                        std::span<const std::string> texts, const SentenceOptions& options);

/// Each row divided by its length (at least 1e-12): [N, C] -> [N, C].
Tensor unit_rows(const Tensor& x);

}  // namespace gradus
