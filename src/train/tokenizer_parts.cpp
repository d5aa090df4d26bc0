// SPDX-License-Identifier: MIT
// Assembles a tokenizer from the contents of its files.
#include "train/tokenizer_parts.h"

#include <algorithm>

#include "gradus/base/error.h"

namespace gradus {

std::unordered_map<std::string, int64_t> vocabulary_of(const Json& object) {
  std::unordered_map<std::string, int64_t> all;
  for (const auto& [word, id] : object.members()) all.emplace(word, id.integer());
  return all;
}

AddedWord* TokenizerParts::find_added(const std::string& content) {
  const auto known = places_.find(content);
  return known == places_.end() ? nullptr : &added[known->second];
}

int64_t TokenizerParts::number_of(const std::string& content) {
  if (const auto known = vocabulary.find(content); known != vocabulary.end()) return known->second;
  const AddedWord* w = find_added(content);
  return w ? w->id : -1;
}

void TokenizerParts::add(AddedWord word, const std::string& where) {
  const auto known = vocabulary.find(word.content);
  word.in_model = known != vocabulary.end();
  AddedWord* before = find_added(word.content);
  const int64_t number = word.in_model ? known->second : before ? before->id : word.id;
  if (number != word.id)
    file_error({where, ": the added word ", printable(word.content), " has number ", word.id,
                "; elsewhere it has ", number});
  if (before) {
    *before = std::move(word);
  } else {
    places_.emplace(word.content, added.size());
    added.push_back(std::move(word));
  }
}

// Words by id, which must be 0 .. n-1.
std::vector<std::string> TokenizerParts::words() const {
  std::vector<std::pair<int64_t, std::string>> order;
  for (const auto& [word, id] : vocabulary) order.emplace_back(id, word);
  for (const AddedWord& w : added)
    if (!w.in_model) order.emplace_back(w.id, w.content);
  std::sort(order.begin(), order.end());
  std::vector<std::string> all;
  for (auto& [id, word] : order) {
    const auto next = static_cast<int64_t>(all.size());
    if (id != next)
      file_error({file, ": the vocabulary has ",
                  id < next ? "two words with number " : "no word with number ", std::min(id, next),
                  "; expected each of 0 to ", order.size() - 1, " once"});
    all.push_back(std::move(word));
  }
  return all;
}

std::unique_ptr<Tokenizer> TokenizerParts::make_bpe() {
  std::vector<std::string> all = words();
  std::vector<bool> in_model(all.size(), true);
  for (AddedWord& w : added) {
    // Merges never produce a word whose letters do not spell bytes.
    if (w.in_model && !spells_bytes(w.content)) w.in_model = false;
    in_model[static_cast<size_t>(w.id)] = w.in_model;
  }
  std::unordered_map<std::string, int64_t> numbers;
  for (size_t i = 0; i < all.size(); ++i) {
    if (!in_model[i]) continue;
    if (!spells_bytes(all[i]))
      file_error({file, ": word ", i, " of the vocabulary, ", printable(all[i]),
                  ", is not spelled in byte characters; expected a byte-level BPE like GPT-2's, "
                  "whose vocabulary writes a blank before a word as \"\u0120\""});
    numbers.emplace(all[i], static_cast<int64_t>(i));
    all[i] = bytes_of_spelling(all[i]);
  }
  for (const Merge& m : merges) {
    const auto of = [&](const std::string& word) {
      const auto known = numbers.find(word);
      if (known == numbers.end())
        file_error({merges_from, m.number, ": ", printable(word), " is not in the vocabulary"});
      return known->second;
    };
    const int64_t left = of(m.left), right = of(m.right);
    bpe->merges.emplace_back(left, right);
  }
  bpe->added = std::move(added);
  return std::make_unique<BpeTokenizer>(std::move(all), std::move(*bpe));
}

std::unique_ptr<Tokenizer> TokenizerParts::make() {
  if (bpe) return make_bpe();
  wordpiece->added = added;
  return std::make_unique<WordPieceTokenizer>(words(), std::move(*wordpiece));
}

}  // namespace gradus
