// SPDX-License-Identifier: MIT
// The words and sentences of the made-up text.
#include "tools/lab/language/toy_text.h"

#include <utility>

namespace gradus::tools {

const std::vector<std::vector<std::string>>& toy_classes() {
  static const std::vector<std::vector<std::string>> classes = {
      {"anna", "ben", "clara", "david", "emma", "felix", "greta", "hugo"},
      {"rome", "paris", "london", "berlin", "vienna", "madrid", "oslo", "athens"},
      {"cat", "dog", "horse", "goat", "sheep", "duck", "mouse", "pig"},
      {"bread", "rice", "corn", "hay", "apples", "cheese", "nuts", "oats"}};
  return classes;
}

std::string toy_text(int64_t stories, bool shuffled, Generator& gen) {
  std::vector<std::string> words;
  const auto any = [&](size_t kind) {
    return toy_classes()[kind][static_cast<size_t>(gen.below(8))];
  };
  for (int64_t i = 0; i < stories; ++i) {
    const std::string who = any(0), animal = any(2);
    for (const std::string& word :
         {who, std::string("lives"), std::string("in"), any(1), std::string("."), who,
          std::string("feeds"), std::string("the"), animal, std::string("."), std::string("the"),
          animal, std::string("eats"), any(3), std::string(".")})
      words.push_back(word);
  }
  const size_t line = words.size() / static_cast<size_t>(stories);
  if (shuffled)
    for (size_t i = words.size(); i > 1; --i)
      std::swap(words[i - 1], words[static_cast<size_t>(gen.below(static_cast<int64_t>(i)))]);
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) text += words[i] + ((i + 1) % line ? " " : "\n");
  return text;
}

}  // namespace gradus::tools
