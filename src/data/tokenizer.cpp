// SPDX-License-Identifier: MIT
// Vocabularies, and words as tokens.
#include "gradus/data/tokenizer.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "data/unicode.h"

namespace gradus {

std::vector<int64_t> first_ids(size_t n) {
  std::vector<int64_t> ids(n);
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

namespace {

AddedWords marks(const std::vector<std::string>& words, const std::vector<int64_t>& specials) {
  std::vector<AddedWord> all;
  for (int64_t id : specials) {
    if (id < 0 || id >= static_cast<int64_t>(words.size()))
      argument_error(
          {"Tokenizer: special token ", id, " is outside the vocabulary of ", words.size()});
    all.push_back({.content = words[static_cast<size_t>(id)],
                   .id = id,
                   .special = true,
                   .never_in_text = true});
  }
  return AddedWords(std::move(all), {});
}

}  // namespace

Tokenizer::Tokenizer(std::vector<std::string> words, const std::vector<int64_t>& specials)
    : Tokenizer(words, marks(words, specials)) {}

Tokenizer::Tokenizer(std::vector<std::string> words, AddedWords added)
    : words_(std::move(words)), added_(std::move(added)) {
  ids_.reserve(words_.size());
  for (const AddedWord& w : added_.all()) {
    if (w.id < 0 || w.id >= size())
      argument_error({"Tokenizer: added token ", w.id, " is outside the vocabulary of ", size()});
    if (w.special) specials_.push_back(w.id);
    if (!w.in_model) added_ids_.emplace(w.content, w.id);
  }
  for (int64_t i = 0; i < size(); ++i) {
    const AddedWord* w = added_.find(i);
    if (w && !w->in_model) continue;
    if (!ids_.emplace(words_[static_cast<size_t>(i)], i).second)
      argument_error({"Tokenizer: ", printable(words_[static_cast<size_t>(i)]),
                      " occurs twice in the vocabulary"});
  }
}

const std::string& Tokenizer::word(int64_t id) const {
  if (id < 0 || id >= size())
    argument_error({"Tokenizer: token ", id, " is outside the vocabulary of ", size()});
  return words_[static_cast<size_t>(id)];
}

int64_t Tokenizer::model_id(std::string_view word) const {
  const auto found = ids_.find(word);
  return found == ids_.end() ? -1 : found->second;
}

int64_t Tokenizer::id(std::string_view word) const {
  if (const int64_t known = model_id(word); known >= 0) return known;
  const auto found = added_ids_.find(word);
  return found == added_ids_.end() ? -1 : found->second;
}

bool Tokenizer::in_text(int64_t id) const {
  const AddedWord* w = added_.find(id);
  return !w || !w->never_in_text;
}

// ---- words
namespace {

template <class F> void each_word(std::string_view text, F f) {
  while (!text.empty()) {
    const unicode::Character c = unicode::first(text);
    size_t end = c.length;
    const auto run = [&](auto is) {
      for (; end < text.size(); end += unicode::first(text.substr(end)).length)
        if (const unicode::Character next = unicode::first(text.substr(end));
            next.bad || !is(next.code))
          break;
    };
    if (c.bad) {
      f(std::string_view("\xEF\xBF\xBD"));
    } else if (!unicode::is_space(c.code)) {
      if (unicode::is_letter(c.code)) run(unicode::is_letter);
      if (unicode::is_number(c.code)) run(unicode::is_number);
      f(text.substr(0, end));
    }
    text.remove_prefix(end);
  }
}

}  // namespace

WordTokenizer::WordTokenizer(std::vector<std::string> words, std::vector<int64_t> specials)
    : Tokenizer(std::move(words), std::move(specials)), unknown_(id("<unk>")) {
  if (!is_special(unknown_)) argument_error({"WordTokenizer: no special word is \"<unk>\""});
}

WordTokenizer WordTokenizer::train(std::span<const std::string> texts, int64_t size,
                                   std::vector<std::string> specials, int64_t min_count) {
  if (std::find(specials.begin(), specials.end(), "<unk>") == specials.end())
    specials.push_back("<unk>");
  const auto count = static_cast<int64_t>(specials.size());
  if (size < count)
    argument_error(
        {"WordTokenizer: a vocabulary of ", size, " has no room for ", count, " special words"});
  std::map<std::string, int64_t, std::less<>> counts;
  for (const std::string& text : texts)
    each_word(text, [&](std::string_view word) {
      const auto found = counts.find(word);
      ++(found == counts.end() ? counts[std::string(word)] : found->second);
    });
  std::vector<std::pair<std::string, int64_t>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> words = std::move(specials);
  for (const auto& [word, n] : order)
    if (n >= min_count && static_cast<int64_t>(words.size()) < size &&
        std::find(words.begin(), words.begin() + count, word) == words.begin() + count)
      words.push_back(word);
  return WordTokenizer(std::move(words), first_ids(static_cast<size_t>(count)));
}

Tokenizer::Ids WordTokenizer::encode(std::string_view text) const {
  Ids all;
  each_word(text, [&](std::string_view word) {
    const int64_t found = id(word);
    all.push_back(found < 0 || is_special(found) ? unknown_ : found);
  });
  return all;
}

std::string WordTokenizer::decode(std::span<const int64_t> ids) const {
  std::string text;
  for (int64_t id : ids) {
    if (is_special(id) && id != unknown_) continue;
    if (!text.empty()) text += ' ';
    text += word(id);
  }
  return text;
}

}  // namespace gradus
