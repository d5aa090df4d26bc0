// SPDX-License-Identifier: MIT
// Special tokens of a BERT's vocabulary.
#include "models/bert_words.h"

#include "gradus/base/error.h"

namespace gradus {

BertWords BertWords::of(const Tokenizer& t) {
  const auto id = [&](const char* word) {
    const int64_t found = t.id(word);
    if (found < 0 || !t.is_special(found))
      argument_error({"BertWords: the tokenizer has no special token ", word});
    return found;
  };
  return {id("[PAD]"), id("[CLS]"), id("[SEP]"), id("[MASK]")};
}

std::vector<std::string> bert_specials(const std::string& kind) {
  std::vector<std::string> all = {"[PAD]", "[CLS]", "[SEP]", "[MASK]"};
  // word tokenizers have one, bpe needs none
  if (kind == "char") all.insert(all.begin() + 1, "[UNK]");
  return all;
}

TokenBatch bert_batch(const BertWords& words, std::span<const Tokens> sequences) {
  std::vector<Tokens> rows;
  for (const Tokens& s : sequences) {
    rows.push_back({words.cls});
    rows.back().insert(rows.back().end(), s.begin(), s.end());
    rows.back().push_back(words.sep);
  }
  return pad(rows, words.pad);
}

}  // namespace gradus
