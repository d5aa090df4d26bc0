// SPDX-License-Identifier: MIT
// Characters and their ids.
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

namespace {

std::vector<std::string> behind(std::vector<std::string> specials,
                                std::vector<std::string> characters) {
  std::sort(characters.begin(), characters.end());  // UTF-8 sorts like its code points
  characters.erase(std::unique(characters.begin(), characters.end()), characters.end());
  specials.insert(specials.end(), characters.begin(), characters.end());
  return specials;
}

}  // namespace

CharTokenizer::CharTokenizer(const std::vector<std::string>& characters,
                             std::vector<std::string> specials)
    : Tokenizer(behind(specials, characters), first_ids(specials.size())) {}

Tokenizer::Ids CharTokenizer::encode(std::string_view text) const {
  Ids all;
  for (const std::string& character : utf8_characters(text)) {
    all.push_back(id(character));
    if (all.back() < 0 || is_special(all.back()))
      argument_error({"CharTokenizer: character ", all.size(), ", ", printable(character),
                      ", is not in the vocabulary"});
  }
  return all;
}

std::string CharTokenizer::decode(std::span<const int64_t> ids) const {
  std::string text;
  for (int64_t id : ids)
    if (const std::string& character = word(id); !is_special(id)) text += character;
  return text;
}

}  // namespace gradus
