// SPDX-License-Identifier: MIT
// Pages on text: bpe_merge, beam_search.
#include "tools/exercise/pages.h"

namespace gradus::tools {

const ExercisePage bpe_merge_page = {
    .name = "bpe_merge",
    .title = "one step of learning a vocabulary",
    .what = R"(
Byte pair encoding makes words out of letters: it looks for the pair of neighbours that occurs most
often and replaces it by a new token; then again, with the new token among the others. After some
thousand such merges frequent words are single tokens. You write one merge.
)",
    .formula = R"(
    count every pair of neighbours (ids_k, ids_k+1); overlapping ones count, too
    best   = the most frequent pair; of several the smallest (first id, then second id)
    result = ids, from left to right, with each best pair replaced by new_id

There is no gradient to derive.
)",
    .shapes = R"(
ids and the result are lists of whole numbers. A pair that occurs only once is not merged: then the
result is ids. Lists of 0 and 1 ids have no pair. In 0 0 0 the left two are replaced.
)",
    .example = R"(
    ids = 0 1 2 0 1 2 0   new_id = 26
    pairs: (0,1) twice, (1,2) twice, (2,0) twice: a tie, the smallest is (0,1)
    result = 26 2 26 2 0
)",
    .hints =
        {"A std::map<std::pair<int64_t, int64_t>, int64_t> counts pairs, and its order is by "
         "first id, then second id.",
         "Walk through the map and keep a pair only if its count is larger than the best so "
         "far: then ties go to the smaller one.",
         "Replace in a second loop; after a replacement skip two ids. Write k + 1 < ids.size(): "
         "ids.size() - 1 of an empty list is a huge number."},
    .includes = "#include <map>\n#include <utility>\n",
    .code = R"(
inline std::vector<int64_t> bpe_merge(const std::vector<int64_t>& ids, int64_t new_id) {
  exercise::hole("bpe_merge");
}
)",
    .test = R"(
inline bool my_test(
    std::function<std::vector<int64_t>(const std::vector<int64_t>& ids, int64_t new_id)>
        bpe_merge) {
  // Ids must be 0 to 25 here, since the right function spells them as letters.
  return bpe_merge({0, 1, 0, 1}, 26).size() == 2;  // weak: counts the tokens
}
)"};

const ExercisePage beam_search_page = {
    .name = "beam_search",
    .title = "the best sentence, not the best next word",
    .what = R"(
A language model gives the probability of each next token. Taking the most probable one each time is
greedy and may lead to a dead end. Beam search keeps the `width` best partial answers instead,
extends all of them, and keeps the best again. The model here is a table: the next token depends
only on the last one.
)",
    .formula = R"(
    score of tokens t_1 t_2 .. t_n = first[t_1] + next[t_1][t_2] + ... + next[t_n-1][t_n]
    start with one empty partial answer of score 0; in each step
      extend every partial answer that has not ended by every token; one that ends in `end` has
        ended and is kept among the others
      keep the `width` best by their score
    after `steps` steps return the tokens of the best, with its end if it has one

There is no gradient to derive.
)",
    .shapes = R"(
first is [V] and next is [V, V], logarithms of probabilities, f64; width, steps and end are whole
numbers. There may be fewer partial answers than width. After 0 steps the answer is empty. Scores
are different from each other.
)",
    .example = R"(
    V = 3, end = 0, width = 2, steps = 2
    first = [-9, -0.5, -0.8]      next = [[0, -9, -9], [-2, -1.4, -1.5], [-0.1, -5, -5]]
    step 1 keeps  1 (-0.5)  and  2 (-0.8)
    step 2 keeps  2 0 (-0.9) and  1 1 (-1.9): the answer is 2 0; greedy finds 1 1
)",
    .hints = {"A struct with tokens, score and ended; a std::vector of them is the beam.",
              "first[t].item() and next[last][t].item() are the logarithms. They add up; the score "
              "of the tokens before stays in.",
              "std::stable_sort by score, descending; then resize to min(width, size)."},
    .includes = "#include <algorithm>\n",
    .code = R"(
inline std::vector<int64_t> beam_search(const Tensor& first, const Tensor& next, int64_t width,
                                        int64_t steps, int64_t end) {
  exercise::hole("beam_search");
}
)",
    .test = R"(
inline bool my_test(std::function<std::vector<int64_t>(const Tensor& first, const Tensor& next,
                                                       int64_t width, int64_t steps, int64_t end)>
                        beam_search) {
  const Tensor first = tensor({-3, -0.1}, DType::f64), next = zeros({2, 2}, DType::f64);
  return beam_search(first, next, 1, 1, 0).size() == 1;  // weak: counts the tokens
}
)"};

}  // namespace gradus::tools
