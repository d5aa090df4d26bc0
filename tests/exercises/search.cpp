// SPDX-License-Identifier: MIT
// Answers: bpe_merge, beam_search.
#include <algorithm>
#include <map>

#include "tests/exercises/answers.h"

namespace gradus::tests {
namespace {

using Ids = std::vector<int64_t>;
using Pair = std::pair<int64_t, int64_t>;

enum class MergeMistake { none, last_of_ties, first_only, once };

template <MergeMistake m> Ids my_merge(const Ids& ids, int64_t new_id) {
  std::map<Pair, int64_t> counts;
  for (size_t k = 0; k + 1 < ids.size(); ++k) ++counts[{ids[k], ids[k + 1]}];
  Pair best{-1, -1};
  int64_t most = m == MergeMistake::once ? 1 : 2;
  for (const auto& [pair, count] : counts) {
    const bool tie_wins = m == MergeMistake::last_of_ties || best.first < 0;
    if (count < most || (count == most && !tie_wins)) continue;
    best = pair;
    most = count;
  }
  Ids out;
  bool done = false;
  for (size_t k = 0; k < ids.size(); ++k) {
    const bool here = k + 1 < ids.size() && Pair{ids[k], ids[k + 1]} == best;
    if (here && !(m == MergeMistake::first_only && done)) {
      out.push_back(new_id);
      done = true;
      ++k;
    } else {
      out.push_back(ids[k]);
    }
  }
  return out;
}

bool test_merge(std::function<Ids(const Ids&, int64_t)> f) {
  return f({0, 1, 2, 0, 1, 2, 0}, 26) == Ids{26, 2, 26, 2, 0} && f({0, 0, 0}, 26) == Ids{26, 0} &&
         f({0, 1, 2}, 26) == Ids{0, 1, 2};
}

Answers merge_answers() {
  using enum MergeMistake;
  return {"bpe_merge",
          marks("bpe_merge", my_merge<none>, test_merge),
          {{"last of ties", marks("bpe_merge", my_merge<last_of_ties>, test_merge),
            "a tie goes to the larger pair"},
           {"first only", marks("bpe_merge", my_merge<first_only>, test_merge),
            "only the first occurrence is replaced"},
           {"once is enough", marks("bpe_merge", my_merge<once>, test_merge),
            "a pair that occurs once is not merged"}}};
}

enum class BeamMistake { none, greedy, last_only, drops_ended };

template <BeamMistake m>
Ids my_beam(const Tensor& first, const Tensor& next, int64_t width, int64_t steps, int64_t end) {
  struct Beginning {
    Ids tokens{};
    double score = 0;
    bool ended = false;
  };
  std::vector<Beginning> beam(1);
  for (int64_t step = 0; step < steps; ++step) {
    std::vector<Beginning> all;
    for (const Beginning& b : beam) {
      if (b.ended && m != BeamMistake::drops_ended) all.push_back(b);
      for (int64_t t = 0; t < first.size(0) && !b.ended; ++t) {
        Beginning longer = b;
        const double log_p = b.tokens.empty() ? first[t].item() : next[b.tokens.back()][t].item();
        longer.score = log_p + (m == BeamMistake::last_only ? 0 : b.score);
        longer.tokens.push_back(t);
        longer.ended = t == end;
        all.push_back(longer);
      }
    }
    if (all.empty()) break;
    std::stable_sort(all.begin(), all.end(),
                     [](const Beginning& a, const Beginning& b) { return a.score > b.score; });
    const auto most = static_cast<size_t>(m == BeamMistake::greedy ? 1 : width);
    if (all.size() > most) all.resize(most);
    beam = all;
  }
  return beam[0].tokens;
}

bool test_beam(std::function<Ids(const Tensor&, const Tensor&, int64_t, int64_t, int64_t)> f) {
  const Tensor first = tensor({-9, -0.5, -0.8}, DType::f64);
  const Tensor next = tensor({{0, -9, -9}, {-2, -1.4, -1.41}, {-0.1, -5, -5}}, DType::f64);
  const Tensor early = tensor({-0.1, -3, -4}, DType::f64), flat = zeros({3, 3}, DType::f64) - 0.4;
  const Tensor third = tensor({{0, -9, -9}, {-3, -0.2, -0.21}, {-0.1, -5, -5}}, DType::f64);
  return f(first, next, 2, 2, 0) == Ids{2, 0} && f(early, flat, 2, 3, 0) == Ids{0} &&
         f(first, next, 2, 3, 0) == Ids{2, 0} && f(first, third, 2, 2, 0) == Ids{1, 1};
}

Answers beam_answers() {
  using enum BeamMistake;
  return {"beam_search",
          marks("beam_search", my_beam<none>, test_beam),
          {{"greedy", marks("beam_search", my_beam<greedy>, test_beam),
            "greedy: only one hypothesis is kept"},
           {"last only", marks("beam_search", my_beam<last_only>, test_beam),
            "only the last log-probability counts"},
           {"ended are dropped", marks("beam_search", my_beam<drops_ended>, test_beam),
            "ended hypotheses are dropped"}}};
}

}  // namespace

std::vector<Answers> search_answers() { return {merge_answers(), beam_answers()}; }

}  // namespace gradus::tests
