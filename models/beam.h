// SPDX-License-Identifier: MIT
// Beam search: keeps the best partial translations at each step and returns the best complete one.
// Next: models/tasks/translation_task.h
#pragma once
#include "models/seq2seq.h"

namespace gradus {

struct BeamOptions {
  int64_t beam = 1;           // hypotheses kept for each sentence; 1 is greedy decoding
  double length_penalty = 1;  // a: a hypothesis of n tokens, with its end, scores log P / n^a
};

/// Returns for each source the hypothesis with the highest score found, without its end token. Each
/// step ranks the 2 beam best continuations of a sentence. Those among the first `beam` that end
/// are finished; the `beam` best that do not end are continued. A hypothesis of `limit` tokens is
/// finished without an end. The search for a sentence stops only when no open hypothesis can still
/// beat the best finished one: log P never rises, so a hypothesis with log P = L after m tokens
/// scores at most max(L / (m + 1)^a, L / limit^a). Open hypotheses that can no longer win are
/// dropped.
///
/// The greedy hypothesis is continued beside the beam when it drops out of it, so the result never
/// scores below that of greedy decoding. Otherwise a wider beam may still return a worse answer
/// than a narrower one. Padding and the start token are never part of an answer. The decoder runs
/// all hypotheses of several sentences as one batch, which is limited to keep its caches small.
///   limits: the most tokens for each source; 0 gives an empty answer
/// Throws std::invalid_argument: beam < 1; a penalty outside -1000 to 1000; a negative limit;
/// different numbers of limits and sources; NaN among the model's log-probabilities.
/// Source: Wu et al. 2016, section 7 (with n for its (5 + n) / 6); the bound: Huang, Zhao and Ma
/// 2017, "When to Finish?", section 3.
std::vector<Tokens> beam_search(const Seq2SeqModel& model, const TokenBatch& source,
                                std::span<const int64_t> limits, const BeamOptions& options);

}  // namespace gradus
