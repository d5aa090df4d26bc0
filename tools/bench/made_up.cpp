// SPDX-License-Identifier: MIT
// Made-up sentences.
#include "tools/bench/made_up.h"

#include <algorithm>
#include <cmath>

namespace gradus::tools {

double MadeUp::number() {
  state_ = state_ * 6364136223846793005u + 1442695040888963407u;
  return static_cast<double>(state_ >> 11) / 9007199254740992.0;  // 2^53
}

int64_t MadeUp::length() {
  double normal = -6;  // a sum of 12 such numbers has deviation 1
  for (int i = 0; i < 12; ++i) normal += number();
  const auto words = static_cast<int64_t>(std::exp(2.4 + 0.45 * normal) + 0.5);
  return std::clamp<int64_t>(words, 3, 60);
}

int64_t MadeUp::word(int64_t first, int64_t vocabulary) {
  const double u = number();
  return first + static_cast<int64_t>(static_cast<double>(vocabulary - first) * u * u * u);
}

std::vector<Tokens> made_up_sentences(int64_t count, int64_t first, int64_t vocabulary) {
  MadeUp made_up;
  std::vector<Tokens> sentences(static_cast<size_t>(count));
  for (Tokens& sentence : sentences) {
    sentence.resize(static_cast<size_t>(made_up.length()));
    for (int64_t& id : sentence) id = made_up.word(first, vocabulary);
  }
  return sentences;
}

std::string made_up_word(int64_t number) {
  const std::string consonants = "bcdfghjklmnpqrstvwxyz", vowels = "aeiou";
  std::string word;
  for (int i = 0; i < 3; ++i) {
    const auto syllable = static_cast<size_t>(number % 105);
    word += {consonants[syllable % 21], vowels[syllable / 21]};
    number /= 105;
  }
  return word;
}

std::string made_up_text(size_t characters) {
  constexpr int64_t words = 1000;
  MadeUp made_up;
  std::string text;
  int64_t word = 0;
  while (text.size() < characters) {
    const int64_t length = made_up.length();
    for (int64_t i = 0; i < length; ++i) {
      const bool follows = made_up.number() < 0.5;
      word = follows ? (word * 7 + 3) % words : made_up.word(0, words);
      text += made_up_word(word * 1021) + (i + 1 < length ? " " : ".\n");
    }
  }
  return text;
}

}  // namespace gradus::tools
