// SPDX-License-Identifier: MIT
// Numbers in words.
#include "tools/lab/seq2seq/numbers.h"

#include "gradus/data/batch.h"

namespace gradus::tools {
namespace {

const std::vector<std::string> words = {
    "one",     "two",     "three",     "four",     "five",     "six",      "seven",
    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",   "thirty",
    "forty",   "fifty",   "sixty",     "seventy",  "eighty",   "ninety",   "hundred"};

}  // namespace

Tokens digits_of(int64_t number) {
  Tokens out;
  for (char c : std::to_string(number)) out.push_back(first_word + (c - '0'));
  return out;
}

Tokens words_of(int64_t number) {
  Tokens out;
  const auto add = [&](int64_t place) { out.push_back(first_word + place); };
  if (number >= 100) {
    add(number / 100 - 1);
    add(27);
  }
  number %= 100;
  if (number >= 20) {
    add(17 + number / 10);
    number %= 10;
  }
  if (number > 0) add(number - 1);
  return out;
}

std::string spoken(const Tokens& tokens) {
  std::string out;
  for (int64_t token : tokens)
    out += (out.empty() ? "" : " ") + words[static_cast<size_t>(token - first_word)];
  return out;
}

std::vector<int64_t> shuffled_numbers(Generator& gen) {
  std::vector<int64_t> numbers = permutation(999, gen);
  for (int64_t& n : numbers) ++n;
  return numbers;
}

Seq2SeqBatch number_batch(const Seq2SeqModel& model, const std::vector<int64_t>& numbers) {
  std::vector<Tokens> sources, targets;
  for (int64_t n : numbers) {
    sources.push_back(digits_of(n));
    targets.push_back(words_of(n));
  }
  return seq2seq_batch(model.special(), sources, targets);
}

}  // namespace gradus::tools
