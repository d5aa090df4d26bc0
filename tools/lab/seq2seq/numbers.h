// SPDX-License-Identifier: MIT
// Numbers as digits, and in words: sources and targets of unequal lengths for several pages.
#pragma once
#include <string>
#include <vector>

#include "gradus/data/tokenizer.h"
#include "models/seq2seq.h"

namespace gradus::tools {

/// The first token after padding, start and end.
inline constexpr int64_t first_word = 3;
/// The sizes of the two vocabularies.
inline constexpr int64_t digit_tokens = first_word + 10, word_tokens = first_word + 28;

/// "342" as tokens of its digits.
Tokens digits_of(int64_t number);
/// "three hundred forty two" as tokens, for 1 to 999.
Tokens words_of(int64_t number);
/// The words of tokens, for reading.
std::string spoken(const Tokens& tokens);
/// 1 to 999 in random order.
std::vector<int64_t> shuffled_numbers(Generator& gen);
Seq2SeqBatch number_batch(const Seq2SeqModel& model, const std::vector<int64_t>& numbers);

}  // namespace gradus::tools
