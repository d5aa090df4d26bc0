// SPDX-License-Identifier: MIT
// Characters and their numbers.
#include "gradus/data/text.h"

#include <algorithm>

#include "gradus/base/utf8.h"

namespace gradus {

std::vector<std::string> utf8_characters(std::string_view text, int64_t* replaced) {
  std::vector<std::string> all;
  for (size_t i = 0; i < text.size();) {
    const size_t n = utf8_length(text.substr(i));
    if (n == 0) {
      all.push_back("\xEF\xBF\xBD");
      if (replaced) ++*replaced;
    } else {
      all.emplace_back(text.substr(i, n));
    }
    i += n ? n : 1;
  }
  return all;
}

CharTokenizer::CharTokenizer(const std::vector<std::string>& characters) : words_(characters) {
  std::sort(words_.begin(), words_.end());  // UTF-8 sorts as its code points
  words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
  for (size_t i = 0; i < words_.size(); ++i) ids_[words_[i]] = static_cast<int64_t>(i);
}

const std::string& CharTokenizer::word(int64_t id) const {
  if (id < 0 || id >= size())
    argument_error({"CharTokenizer: there is no character ", id, " among ", size()});
  return words_[static_cast<size_t>(id)];
}

int64_t CharTokenizer::id(const std::string& character) const {
  const auto found = ids_.find(character);
  return found == ids_.end() ? -1 : found->second;
}

std::vector<int64_t> CharTokenizer::encode(std::string_view text) const {
  std::vector<int64_t> all;
  for (const std::string& character : utf8_characters(text)) {
    all.push_back(id(character));
    if (all.back() < 0)
      argument_error({"CharTokenizer: character ", all.size(), ", ", printable(character),
                      ", is not in the vocabulary"});
  }
  return all;
}

std::string CharTokenizer::decode(const std::vector<int64_t>& ids) const {
  std::string text;
  for (int64_t id : ids) text += word(id);
  return text;
}

}  // namespace gradus
