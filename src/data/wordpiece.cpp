// SPDX-License-Identifier: MIT
// BERT's text: cleaning, cutting into words, cutting words into pieces.
#include "gradus/data/wordpiece.h"

#include "data/unicode.h"

namespace gradus {
namespace {

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

// The characters that count, a blank wherever a word ends.
std::u32string cleaned(std::string_view text, bool lower_case) {
  std::u32string out, base;
  for (std::string_view rest = text; !rest.empty();) {
    const unicode::Character c = unicode::first(rest);
    rest.remove_prefix(c.length);
    if (c.bad || c.code == 0 || c.code == 0xFFFD) continue;
    // Vertical tabs, form feeds and U+0085 are spaces, too, but go with the other controls.
    const bool ends = c.code == U'\t' || c.code == U'\n' || c.code == U'\r';
    if (unicode::is_control(c.code) && !ends) continue;
    if (unicode::is_space(c.code)) {
      out += U' ';
      continue;
    }
    base.clear();
    if (lower_case)
      unicode::add_base(c.code, base);
    else
      base += c.code;
    const bool alone = is_chinese(c.code);
    if (alone) out += U' ';
    for (char32_t b : base) {
      const bool mark = unicode::is_punctuation(b);
      if (mark) out += U' ';
      out += lower_case ? unicode::lower(b) : b;
      if (mark) out += U' ';
    }
    if (alone) out += U' ';
  }
  return out;
}

std::vector<int64_t> bracketed(const std::vector<std::string>& words) {
  std::vector<int64_t> ids;
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i].size() > 2 && words[i].starts_with('[') && words[i].ends_with(']'))
      ids.push_back(static_cast<int64_t>(i));
  return ids;
}

}  // namespace

WordPieceTokenizer::WordPieceTokenizer(std::vector<std::string> words, bool lower_case)
    : Tokenizer(words, bracketed(words)), lower_case_(lower_case), unknown_(id("[UNK]")) {
  if (unknown_ < 0) argument_error({"WordPieceTokenizer: the vocabulary has no \"[UNK]\""});
}

void WordPieceTokenizer::encode_word(std::string_view word, Ids& out) const {
  std::vector<size_t> ends;  // of characters
  for (size_t at = 0; at < word.size(); ends.push_back(at))
    at += unicode::first(word.substr(at)).length;
  Ids pieces;
  size_t begin = 0;
  for (size_t from = 0; from < ends.size() && ends.size() <= 100;) {
    size_t to = ends.size();
    int64_t piece = -1;
    for (; to > from && piece < 0; --to) {
      const std::string_view part = word.substr(begin, ends[to - 1] - begin);
      piece = id(from ? "##" + std::string(part) : std::string(part));
    }
    if (piece < 0 || is_special(piece)) break;
    pieces.push_back(piece);
    from = to + 1, begin = ends[to];
  }
  if (begin < word.size()) pieces = {unknown_};
  out.insert(out.end(), pieces.begin(), pieces.end());
}

Tokenizer::Ids WordPieceTokenizer::encode(std::string_view text) const {
  Ids all;
  std::string word;
  for (char32_t c : cleaned(text, lower_case_) + U' ') {
    if (c != U' ') {
      word += unicode::utf8(c);
    } else if (!word.empty()) {
      encode_word(word, all);
      word.clear();
    }
  }
  return all;
}

std::string WordPieceTokenizer::decode(std::span<const int64_t> ids) const {
  std::string text;
  for (int64_t id : ids) {
    std::string_view piece = word(id);
    if (is_special(id) && id != unknown_) continue;
    if (piece.starts_with("##"))
      piece.remove_prefix(2);
    else if (!text.empty())
      text += ' ';
    text += piece;
  }
  return text;
}

}  // namespace gradus
