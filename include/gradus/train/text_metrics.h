// SPDX-License-Identifier: MIT
// Metrics that compare sentences with references: BLEU and chrF, equal to sacrebleu's.
// Next: train/tokenizer_file.h
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gradus {

struct Bleu {
  double score;          // 0 to 100
  double precisions[4];  // of n-grams, n = 1 .. 4, in percent
  double brevity;        // exp(1 - references / hypotheses) if the hypotheses are shorter, else 1
  int64_t hypothesis_words, reference_words;
};

/// BLEU of a corpus with one reference per sentence: brevity times the geometric mean of the
/// precisions, with matches clipped by the reference counts and summed over all sentences. Uses 13a
/// tokenisation; the k-th order without a match counts as 1 / 2^k matches.
/// Throws std::invalid_argument for lists of different lengths.
/// Source: Papineni et al. 2002; Post 2018 (sacrebleu: nrefs:1|case:mixed|tok:13a|smooth:exp).
Bleu corpus_bleu(std::span<const std::string> hypotheses, std::span<const std::string> references);

/// chrF2 of a corpus, 0 to 100: the F-score, with recall weighted twice, of n-grams of characters,
/// n = 1 .. 6, without spaces; precision and recall are means over the orders.
/// Throws like corpus_bleu(). Source: Popovic 2015 (sacrebleu: nc:6|nw:0|space:no).
double corpus_chrf(std::span<const std::string> hypotheses,
                   std::span<const std::string> references);

/// The words of mteval-v13a: punctuation is separated, except points and commas in numbers.
std::vector<std::string> tokenize_13a(std::string line);

}  // namespace gradus
