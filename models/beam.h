// SPDX-License-Identifier: MIT
// Beam search: the best of several sayings that are followed at a time.
// Next: models/translation_task.h
#pragma once
#include "models/seq2seq.h"

namespace gradus {

struct BeamOptions {
  int64_t beam = 1;           // hypotheses of each sentence; 1: the likeliest token each time
  double length_penalty = 1;  // a: a hypothesis of n tokens, its end counted, scores log P / n^a
};

/// For each source the hypothesis with the highest score, without its end token. In each step the
/// 2 beam best continuations of a sentence are looked at, the end among them, and those that do
/// not end are followed; a sentence is over when as many hypotheses as the beam is wide have
/// ended, or at its limit. All hypotheses of all sentences go through the decoder together;
/// sentences that are over are taken out.
///   limits: the most tokens for each source
/// Throws std::invalid_argument: beam < 1, a penalty that is negative or not finite, another
/// number of limits than of sources. Source: Wu et al. 2016, section 7 (with n for its (5 + n) /
/// 6).
std::vector<Tokens> beam_search(const Seq2SeqModel& model, const TokenBatch& source,
                                std::span<const int64_t> limits, const BeamOptions& options);

}  // namespace gradus
