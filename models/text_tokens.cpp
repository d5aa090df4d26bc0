// SPDX-License-Identifier: MIT
// Encoding texts, and decoding token by token.
#include "models/text_tokens.h"

#include <algorithm>

#include "gradus/base/error.h"
#include "gradus/base/utf8.h"
#include "gradus/data/bpe.h"
#include "gradus/data/text.h"
#include "gradus/data/wordpiece.h"

namespace gradus {
namespace {

constexpr const char* replacement = "\xEF\xBF\xBD";

bool of_words(const Tokenizer& t) { return std::string_view(t.kind()) == "word"; }

// The length in bytes of the first character if it is incomplete, else 0.
size_t unfinished(std::string_view s) {
  const auto lead = static_cast<unsigned char>(s[0]);
  const size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (s.size() >= n || lead > 0xF4) return 0;
  const auto continues = [](char c) { return (c & 0xC0) == 0x80; };
  return std::all_of(s.begin() + 1, s.end(), continues) ? n : 0;
}

}  // namespace

int64_t unknown_id(const Tokenizer& t) {
  if (const auto* pieces = dynamic_cast<const WordPieceTokenizer*>(&t)) return pieces->unknown();
  for (const char* word : {"[UNK]", "<unk>"})
    if (const int64_t id = t.id(word); id >= 0 && t.is_special(id)) return id;
  return -1;
}

int64_t end_of_text_id(const Tokenizer& t) {
  const int64_t id = t.id("<|endoftext|>");
  return id >= 0 && t.is_special(id) ? id : -1;
}

Tokens encode_text(const Tokenizer& t, std::string_view text) {
  const int64_t unknown = unknown_id(t);
  if (of_words(t)) {
    const int64_t newline = t.id("\n");
    Tokens all;
    while (true) {
      const size_t end = text.find('\n');
      const Tokens line = t.encode(text.substr(0, end));
      all.insert(all.end(), line.begin(), line.end());
      if (end == text.npos) return all;
      if (newline >= 0) all.push_back(newline);
      text.remove_prefix(end + 1);
    }
  }
  if (unknown < 0 || std::string_view(t.kind()) != "char") return t.encode(text);
  Tokens all;
  for (const std::string& character : utf8_characters(text)) {
    const int64_t id = t.id(character);
    all.push_back(id < 0 ? unknown : id);
  }
  return all;
}

std::string TextStream::next(int64_t id) {
  const std::string& word = tokenizer_.word(id);
  const bool newline = word == "\n", unknown = id == unknown_id(tokenizer_);
  if (tokenizer_.is_special(id) && !newline && !unknown) return "";
  if (const auto* pieces = dynamic_cast<const WordPieceTokenizer*>(&tokenizer_))
    return pieces->decoded(id, !std::exchange(blank_, true));
  if (of_words(tokenizer_)) {
    const bool blank = blank_ && !newline;
    blank_ = !newline;
    return (blank ? " " : "") + word;
  }
  waiting_ += word;
  std::string out;
  size_t at = 0;
  while (at < waiting_.size()) {
    const std::string_view left = std::string_view(waiting_).substr(at);
    const size_t n = utf8_length(left);
    if (n == 0 && unfinished(left)) break;
    out += n ? left.substr(0, n) : std::string_view(replacement);
    at += std::max<size_t>(n, 1);
  }
  waiting_.erase(0, at);
  return out;
}

std::string TextStream::rest() {
  const bool left = !waiting_.empty();
  waiting_.clear();
  return left ? replacement : "";
}

std::string decode_text(const Tokenizer& t, const Tokens& ids) {
  TextStream stream(t);
  std::string text;
  for (int64_t id : ids) text += stream.next(id);
  return text + stream.rest();
}

}  // namespace gradus
