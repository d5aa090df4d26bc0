// SPDX-License-Identifier: MIT
// Made-up sentences for the workloads that read text: the same on every machine, and the same as
// those of tests/bench/peers/made_up.py.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/data/batch.h"

namespace gradus::tools {

/// Numbers from a linear congruential generator, which is quickly written in any language.
class MadeUp {
 public:
  /// 0 <= u < 1.
  double number();
  /// A length with a long tail, as those of real sentences: from 3 to 60, half of them up to 11.
  int64_t length();
  /// first <= id < vocabulary; low numbers are more frequent.
  int64_t word(int64_t first, int64_t vocabulary);

 private:
  uint64_t state_ = 1;
};

/// `count` sentences of words from `first` to `vocabulary` - 1, of lengths as in length().
std::vector<Tokens> made_up_sentences(int64_t count, int64_t first, int64_t vocabulary);
/// The spelling of a word, different for each of the numbers 0 to 1,157,624: "babeba".
std::string made_up_word(int64_t number);
/// Sentences in which half of the words follow from the word before; at least `characters` bytes.
std::string made_up_text(size_t characters);

}  // namespace gradus::tools
