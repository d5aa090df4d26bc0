// SPDX-License-Identifier: MIT
// Exercises on text: bpe_merge, beam_search.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "check/exercise/exercise.h"
#include "gradus/data/bpe.h"

namespace gradus::exercise {
namespace {

using Ids = std::vector<int64_t>;
using Pair = std::pair<int64_t, int64_t>;

Tensor listed(const Ids& ids) { return tensor(ids); }

// The library's tokenizer, trained for a single merge on a word whose letters are the ids.
Tensors right_merge(Inputs in, const Numbers& n) {
  std::string word;
  for (int64_t id : in[0].to_vector<int64_t>()) {
    if (id < 0 || id > 25) argument_error({"bpe_merge: id ", id, " must be 0 to 25"});
    word += static_cast<char>('a' + id);
  }
  const BpeTokenizer trained = BpeTokenizer::train({&word, 1}, {.size = 257, .min_count = 2});
  Ids out;
  for (int64_t token : trained.encode(word)) {
    const std::string letters = trained.decode({&token, 1});
    out.push_back(letters.size() == 1 ? letters[0] - 'a' : static_cast<int64_t>(n[0]));
  }
  return {listed(out)};
}

struct MergeForm {
  bool larger_tie = false, only_first = false, from_right = false, once_is_enough = false;
  bool overlapping = false;
};

// The most frequent pair, or {-1, -1}.
Pair best_pair(const Ids& ids, const MergeForm& f) {
  std::map<Pair, int64_t> counts;
  for (size_t i = 0; i + 1 < ids.size(); ++i) ++counts[{ids[i], ids[i + 1]}];
  Pair best{-1, -1};
  int64_t most = f.once_is_enough ? 0 : 1;
  for (const auto& [pair, count] : counts)
    if (count > most || (f.larger_tie && count == most && best.first >= 0)) {
      best = pair;
      most = count;
    }
  return best;
}

Ids merged(Ids ids, int64_t id, const MergeForm& f) {
  Pair pair = best_pair(ids, f);
  if (pair.first < 0) return ids;
  if (f.from_right) {
    std::reverse(ids.begin(), ids.end());
    std::swap(pair.first, pair.second);
  }
  Ids out;
  bool done = false;
  for (size_t i = 0; i < ids.size(); ++i) {
    const bool here = i + 1 < ids.size() && Pair{ids[i], ids[i + 1]} == pair;
    if (!here || (f.only_first && done)) {
      out.push_back(ids[i]);
      continue;
    }
    out.push_back(id);
    done = true;
    if (!f.overlapping) ++i;
  }
  if (f.from_right) std::reverse(out.begin(), out.end());
  return out;
}

Impostor merge(const char* name, MergeForm f) {
  return wrong_result(name, [f](Inputs in, const Numbers& n) {
    return Tensors{listed(merged(in[0].to_vector<int64_t>(), static_cast<int64_t>(n[0]), f))};
  });
}

}  // namespace

Exercise bpe_merge_exercise() {
  Exercise e{.name = "bpe_merge", .right = right_merge, .inputs = {"ids"}, .numbers = {"new_id"}};
  e.gradient = false;
  e.examples = [](Generator& gen) {
    std::vector<Example> all;
    for (const Ids& ids : std::vector<Ids>{{0, 1, 0, 1},
                                           {0, 1, 2, 0, 1, 2, 0},
                                           {0, 0, 0},
                                           {3, 3, 3, 3, 3},
                                           {5, 4, 1, 2, 5, 4, 1, 2},
                                           {1, 0, 2, 1, 0, 2, 2, 2}})
      all.push_back({text({ids.size(), " ids"}), {listed(ids)}, {26}});
    for (int64_t size : {12, 40, 90})
      all.push_back({text({size, " random ids"}), {check::indices(gen, {size}, 4)}, {26}});
    return all;
  };
  e.edges = {{{"one id", {listed({7})}, {26}}, "one id has no pair: return it"},
             {{"no ids", {zeros({0}, DType::i64)}, {26}},
              "ids.size() - 1 of an empty vector is huge: write i + 1 < ids.size()"},
             {{"no pair occurs twice", {listed({0, 1, 2, 3})}, {26}},
              "a pair that occurs once is not merged"}};
  e.impostors = {
      merge("a tie goes to the larger pair instead of the smaller one", {.larger_tie = true}),
      merge("only the first occurrence is replaced", {.only_first = true}),
      merge("replaced from the right: in 0 0 0 the left pair counts", {.from_right = true}),
      merge("a pair that occurs once is merged, too", {.once_is_enough = true}),
      merge("the second id of a replaced pair stays", {.overlapping = true})};
  e.solution = {"src/data/bpe_training.cpp", "BpeTokenizer::train"};
  e.result_hint =
      "count all neighbours in a std::map, take the most frequent pair (the smallest "
      "of several), then walk once from the left; after a replacement skip two ids";
  return e;
}

namespace {

struct Hypothesis {
  Ids tokens{};
  double score = 0;
  bool ended = false;
};

struct BeamForm {
  bool greedy = false, last_only = false, goes_on = false, drops_ended = false, worst = false;
  bool product = false;
};

// Inputs: log-probabilities first [V] and next [V, V]; numbers: width, steps, end.
Tensors searched(Inputs in, const Numbers& n, const BeamForm& f) {
  const std::vector<double> first = in[0].to_vector<double>(), next = in[1].to_vector<double>();
  const auto V = static_cast<int64_t>(first.size()), end = static_cast<int64_t>(n[2]);
  const size_t width = f.greedy ? 1 : static_cast<size_t>(n[0]);
  const auto better = [&](const Hypothesis& a, const Hypothesis& b) {
    return f.worst ? a.score < b.score : a.score > b.score;
  };
  std::vector<Hypothesis> beam = {{}};
  for (int64_t step = 0; step < static_cast<int64_t>(n[1]); ++step) {
    std::vector<Hypothesis> all;
    for (const Hypothesis& h : beam) {
      if (h.ended && !f.goes_on) {
        if (!f.drops_ended) all.push_back(h);
        continue;
      }
      for (int64_t token = 0; token < V; ++token) {
        Hypothesis longer = h;
        const double log_p = h.tokens.empty()
                                 ? first[static_cast<size_t>(token)]
                                 : next[static_cast<size_t>(h.tokens.back() * V + token)];
        longer.score = f.last_only ? log_p
                       : f.product ? (step ? h.score : 1) * log_p
                                   : h.score + log_p;
        longer.tokens.push_back(token);
        longer.ended = token == end;
        all.push_back(longer);
      }
    }
    std::stable_sort(all.begin(), all.end(), better);
    if (all.size() > width) all.resize(width);
    if (all.empty()) break;
    beam = all;
  }
  return {listed(beam[0].tokens)};
}

Impostor beam(const char* name, BeamForm f) {
  return wrong_result(name, [f](Inputs in, const Numbers& n) { return searched(in, n, f); });
}

// Random log-probabilities; the probabilities of each line add up to 1.
Tensor log_probabilities(Generator& gen, int64_t rows, int64_t V) {
  Tensor x = check::values(gen, {rows, V}, -2, 2);
  for (int64_t r = 0; r < rows; ++r) {
    double sum = 0;
    double* line = x.mutable_data<double>() + r * V;
    for (int64_t i = 0; i < V; ++i) sum += std::exp(line[i]);
    for (int64_t i = 0; i < V; ++i) line[i] -= std::log(sum);
  }
  return x;
}

Example beam_example(Generator& gen, int64_t V, const Numbers& n) {
  const Tensor first = log_probabilities(gen, 1, V).reshape({V});
  return {text({V, " tokens"}), {first, log_probabilities(gen, V, V)}, n};
}

}  // namespace

Exercise beam_search_exercise() {
  Exercise e{.name = "beam_search",
             .right = [](Inputs in, const Numbers& n) { return searched(in, n, {}); },
             .inputs = {"first", "next"},
             .numbers = {"width", "steps", "end"},
             .gradient = false};
  e.examples = [](Generator& gen) {
    std::vector<Example> all;
    const double ln2 = std::log(2.0);
    // Greedy search takes token 1 and pays for it; the best answer starts with token 2.
    const Tensor first = tensor({-9, -0.7 * ln2, -1.1 * ln2}, DType::f64);
    const Tensor next =
        tensor({{0, -9, -9}, {-3 * ln2, -2 * ln2, -2 * ln2}, {-0.1, -5, -5}}, DType::f64);
    all.push_back({"where greedy is wrong", {first, next}, {2, 2, 0}});
    for (const auto& [V, width, steps] : std::vector<std::array<int64_t, 3>>{
             {3, 1, 3}, {4, 2, 3}, {4, 3, 5}, {5, 2, 6}, {5, 4, 4}, {6, 3, 8}, {4, 2, 7}})
      all.push_back(
          beam_example(gen, V, {static_cast<double>(width), static_cast<double>(steps), 0}));
    return all;
  };
  Generator gen(2);
  Example wide = beam_example(gen, 3, {100, 3, 0}), none = beam_example(gen, 3, {2, 0, 0});
  wide.label = "a width above the number of answers";
  none.label = "no steps";
  e.edges = {{wide, "keep at most as many as there are: min(width, candidates)"},
             {none, "without steps the answer is empty"}};
  e.impostors = {beam("greedy: only one hypothesis is kept", {.greedy = true}),
                 beam("only the last log-probability counts, not the sum", {.last_only = true}),
                 beam("hypotheses continue after their end", {.goes_on = true}),
                 beam("ended hypotheses are dropped", {.drops_ended = true}),
                 beam("log-probabilities are multiplied instead of added", {.product = true}),
                 beam("the worst hypotheses are kept", {.worst = true})};
  e.solution = {"models/beam.cpp", "> beam_search("};
  e.result_hint =
      "each step: extend every open hypothesis by every token, keep ended ones as they "
      "are, sort all by their sum of log-probabilities, keep the best width";
  return e;
}

}  // namespace gradus::exercise
