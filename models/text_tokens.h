// SPDX-License-Identifier: MIT
// Text to tokens and back, for every kind of tokenizer.
#pragma once
#include <string>
#include <string_view>

#include "gradus/data/batch.h"
#include "gradus/data/tokenizer.h"

namespace gradus {

/// The special token for unknown input, "[UNK]" or "<unk>"; -1 if there is none.
int64_t unknown_id(const Tokenizer& tokenizer);
/// The special token between texts, "<|endoftext|>"; -1 if there is none.
int64_t end_of_text_id(const Tokenizer& tokenizer);
/// The tokens of a text. Word tokenizers also have a newline token. Throws std::invalid_argument
/// for an unknown character, unless the tokenizer has an unknown token.
Tokens encode_text(const Tokenizer& tokenizer, std::string_view text);

/// Decodes tokens one at a time: bytes wait until their character is complete, words are separated
/// by blanks, pieces of words are joined. Special tokens give no text, except unknown and newline.
class TextStream {
 public:
  explicit TextStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  /// The text that is complete after this token.
  std::string next(int64_t id);
  /// The remaining text: an incomplete character becomes U+FFFD.
  std::string rest();

 private:
  const Tokenizer& tokenizer_;
  std::string waiting_;
  bool blank_ = false;  // the last token was a word
};
std::string decode_text(const Tokenizer& tokenizer, const Tokens& ids);

}  // namespace gradus
