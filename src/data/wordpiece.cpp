// SPDX-License-Identifier: MIT
// BERT's tokenization: cleans text, splits it into words, and words into pieces.
#include "gradus/data/wordpiece.h"

#include <utility>

#include "data/unicode.h"

namespace gradus {
namespace {

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool is_noise(char32_t c) {
  if (c == 0 || c == 0xFFFD) return true;
  // Vertical tabs, form feeds and U+0085 are spaces, too, but are removed like other controls.
  return unicode::is_control(c) && c != U'\t' && c != U'\n' && c != U'\r';
}

void add_letters(char32_t c, const WordPieceSettings& s, std::string& out) {
  std::u32string base;
  if (s.strip_accents) unicode::add_base(c, base);
  else base += c;
  for (char32_t b : base) {
    if (s.lower_case && b == 0x130) out += "i\u0307";  // the one letter that becomes two
    else out += unicode::utf8(s.lower_case ? unicode::lower(b) : b);
  }
}

// The normalised text in which words are matched. Drops bytes that are not UTF-8.
std::string normalised(std::string_view text, const WordPieceSettings& s) {
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const unicode::Character c = unicode::first(rest);
    rest.remove_prefix(c.length);
    if (c.bad || (s.clean_text && is_noise(c.code))) continue;
    if (s.clean_text && unicode::is_space(c.code)) {
      out += ' ';
      continue;
    }
    const bool alone = s.chinese_alone && is_chinese(c.code);
    if (alone) out += ' ';
    add_letters(c.code, s, out);
    if (alone) out += ' ';
  }
  return out;
}

// The settings for upper- or lower-case vocabularies.
WordPieceSettings with_case(bool lower_case) {
  return {.strip_accents = lower_case, .lower_case = lower_case};
}

std::vector<AddedWord> marks(const std::vector<std::string>& words) {
  std::vector<AddedWord> all;
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i].size() > 2 && words[i].starts_with('[') && words[i].ends_with(']'))
      all.push_back({.content = words[i],
                     .id = static_cast<int64_t>(i),
                     .special = true,
                     .never_in_text = true});
  return all;
}

AddedWords finder(const WordPieceSettings& s) {
  WordPieceSettings how = s;
  how.added.clear();
  return AddedWords(s.added, [how](std::string_view text) { return normalised(text, how); });
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

WordPieceTokenizer::WordPieceTokenizer(std::vector<std::string> words, WordPieceSettings settings)
    : Tokenizer(std::move(words), finder(settings)),
      settings_(std::move(settings)),
      unknown_(model_id(settings_.unknown)) {
  settings_.added.clear();
  if (unknown_ < 0)
    argument_error(
        {"WordPieceTokenizer: the vocabulary has no \"", printable(settings_.unknown), "\""});
}

WordPieceTokenizer::WordPieceTokenizer(std::vector<std::string> words, bool lower_case)
    : WordPieceTokenizer(words, [&] {
        WordPieceSettings s = with_case(lower_case);
        s.added = marks(words);
        return s;
      }()) {}

void WordPieceTokenizer::encode_word(std::string_view word, Ids& out) const {
  std::vector<size_t> ends;  // of characters
  for (size_t at = 0; at < word.size(); ends.push_back(at))
    at += unicode::first(word.substr(at)).length;
  Ids pieces;
  size_t begin = 0;
  const auto most = static_cast<size_t>(settings_.max_characters);
  for (size_t from = 0; from < ends.size() && ends.size() <= most;) {
    size_t to = ends.size();
    int64_t piece = -1;
    for (; to > from && piece < 0; --to) {
      const std::string_view part = word.substr(begin, ends[to - 1] - begin);
      piece = model_id(from ? settings_.prefix + std::string(part) : std::string(part));
    }
    if (piece < 0 || !in_text(piece)) break;
    pieces.push_back(piece);
    from = to + 1;
    begin = ends[to];
  }
  if (begin < word.size()) pieces = {unknown_};
  out.insert(out.end(), pieces.begin(), pieces.end());
}

void WordPieceTokenizer::encode_part(std::string_view text, Ids& out) const {
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) encode_word(word, out);
    word.clear();
  };
  for (; !text.empty();) {
    const unicode::Character c = unicode::first(text);
    const std::string_view letter = text.substr(0, c.length);
    text.remove_prefix(c.length);
    if (unicode::is_space(c.code)) {
      end_word();
    } else if (unicode::is_punctuation(c.code)) {
      end_word();
      encode_word(letter, out);
    } else {
      word += letter;
    }
  }
  end_word();
}

Tokenizer::Ids WordPieceTokenizer::encode(std::string_view text) const {
  Ids all;
  added().cut(
      text, [&](int64_t id) { all.push_back(id); },
      [&](std::string_view part) { encode_part(part, all); });
  return all;
}

std::string WordPieceTokenizer::decoded(int64_t id, bool first) const {
  const AddedWord* mark = added().find(id);
  std::string piece = mark ? added().spelling(*mark) : word(id);
  if (is_special(id) && id != unknown_) return "";
  if (!first && piece.starts_with(settings_.prefix)) piece.erase(0, settings_.prefix.size());
  else if (!first) piece.insert(0, 1, ' ');
  if (!settings_.join_punctuation) return piece;
  for (const auto& [from, to] : {std::pair(" .", "."),
                                 {" ?", "?"},
                                 {" !", "!"},
                                 {" ,", ","},
                                 {" ' ", "'"},
                                 {" n't", "n't"},
                                 {" 'm", "'m"},
                                 {" do not", " don't"},
                                 {" 's", "'s"},
                                 {" 've", "'ve"},
                                 {" 're", "'re"}})
    replace_all(piece, from, to);
  return piece;
}

std::string WordPieceTokenizer::decode(std::span<const int64_t> ids) const {
  std::string text;
  bool first = true;
  for (int64_t id : ids) {
    if (word(id); is_special(id) && id != unknown_) continue;  // throws for an unknown id
    text += decoded(id, std::exchange(first, false));
  }
  return text;
}

}  // namespace gradus
