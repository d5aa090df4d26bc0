// SPDX-License-Identifier: MIT
// Matches added words in a text.
// Source: the tokenizers library 0.23, tokenizer/added_vocabulary.rs, for the order of its passes.
#include "gradus/data/added_words.h"

#include <algorithm>

#include "data/unicode.h"
#include "gradus/base/error.h"

namespace gradus {
namespace {

std::string shown(const AddedWord& w) { return text({"the added word ", printable(w.content)}); }

bool starts_with_word(std::string_view text) {
  if (text.empty()) return false;
  const unicode::Character c = unicode::first(text);
  return !c.bad && unicode::is_word(c.code);
}

// The start of the last character of a non-empty text.
size_t last_character(std::string_view text) {
  size_t at = text.size() - 1;
  for (size_t back = 1; back <= 4 && back <= text.size(); ++back) {
    const size_t begin = text.size() - back;
    const unicode::Character c = unicode::first(text.substr(begin));
    if (!c.bad && c.length == back) at = begin;
  }
  return at;
}

bool ends_with_word(std::string_view text) {
  return !text.empty() && starts_with_word(text.substr(last_character(text)));
}

size_t spaces_at_front(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const unicode::Character c = unicode::first(text.substr(at));
    if (c.bad || !unicode::is_space(c.code)) break;
    at += c.length;
  }
  return at;
}

// The start of the trailing spaces of a text.
size_t end_without_spaces(std::string_view text) {
  while (!text.empty()) {
    const size_t last = last_character(text);
    if (spaces_at_front(text.substr(last)) == 0) break;
    text = text.substr(0, last);
  }
  return text.size();
}

}  // namespace

void AddedWords::Patterns::add(const std::string& pattern, size_t word) {
  if (!words.emplace(pattern, word).second) return;
  std::vector<size_t>& all = lengths[pattern[0]];
  const auto at = std::lower_bound(all.begin(), all.end(), pattern.size(), std::greater<>());
  if (at == all.end() || *at != pattern.size()) all.insert(at, pattern.size());
}

std::pair<size_t, size_t> AddedWords::Patterns::at_front(std::string_view text) const {
  const auto known = lengths.find(text[0]);
  if (known == lengths.end()) return {0, 0};
  for (size_t length : known->second) {
    if (length > text.size()) continue;
    if (const auto found = words.find(std::string(text.substr(0, length))); found != words.end())
      return {found->second, length};
  }
  return {0, 0};
}

AddedWords::AddedWords(std::vector<AddedWord> words, const Normalizer& normalizer)
    : words_(std::move(words)), normalizer_(normalizer) {
  std::sort(words_.begin(), words_.end(),
            [](const AddedWord& a, const AddedWord& b) { return a.id < b.id; });
  std::unordered_map<std::string, size_t> contents;
  for (size_t i = 0; i < words_.size(); ++i) {
    const AddedWord& w = words_[i];
    if (w.content.empty()) argument_error({"the added word with number ", w.id, " is empty"});
    if (i > 0 && words_[i - 1].id == w.id)
      argument_error(
          {shown(w), " has number ", w.id, ", as does ", printable(words_[i - 1].content)});
    if (const auto [first, is_new] = contents.emplace(w.content, i); !is_new)
      argument_error({shown(w), " has two numbers, ", words_[first->second].id, " and ", w.id});
    const std::string pattern = spelling(w);
    if (pattern.empty()) argument_error({shown(w), " is empty after normalisation"});
    (w.normalized ? normalised_ : as_given_).add(pattern, i);
  }
}

const AddedWord* AddedWords::find(int64_t id) const {
  const auto at = std::lower_bound(words_.begin(), words_.end(), id,
                                   [](const AddedWord& w, int64_t n) { return w.id < n; });
  return at != words_.end() && at->id == id ? &*at : nullptr;
}

std::string AddedWords::spelling(const AddedWord& w) const {
  return w.normalized && normalizer_ ? normalizer_(w.content) : w.content;
}

template <class Word, class Rest>
void AddedWords::pass(std::string_view text, const Patterns& patterns, Word word, Rest rest) const {
  size_t done = 0;  // everything before is processed
  for (size_t at = 0; at < text.size() && !patterns.words.empty();) {
    const auto [index, length] = patterns.at_front(text.substr(at));
    if (length == 0) {
      ++at;
      continue;
    }
    const AddedWord& w = words_[index];
    size_t begin = at, end = at + length;
    at = end;  // even if the match is rejected: it hides shorter words
    if (w.never_in_text) continue;
    if (w.single_word &&
        (ends_with_word(text.substr(0, begin)) || starts_with_word(text.substr(end))))
      continue;
    if (w.lstrip) begin = std::max(end_without_spaces(text.substr(0, begin)), done);
    if (w.rstrip) end += spaces_at_front(text.substr(end));
    if (begin >= end) continue;  // spaces that the previous word includes
    if (done < begin) rest(text.substr(done, begin - done));
    word(w.id);
    done = end;
  }
  if (done < text.size()) rest(text.substr(done));
}

void AddedWords::cut(std::string_view text, const std::function<void(int64_t)>& word,
                     const std::function<void(std::string_view)>& rest) const {
  pass(text, as_given_, word, [&](std::string_view part) {
    if (!normalizer_) return pass(part, normalised_, word, rest);
    const std::string normal = normalizer_(part);
    pass(normal, normalised_, word, rest);
  });
}

}  // namespace gradus
