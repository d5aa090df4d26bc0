// SPDX-License-Identifier: MIT
// Beam search.
#include "models/beam.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gradus/autograd/node.h"
#include "gradus/base/memory.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

struct Hypothesis {
  Tokens tokens{};
  double log_p = 0;
  int64_t row = 0;      // row of the decoder
  bool greedy = false;  // every token so far was the likeliest
};

struct Continuation {
  double log_p;
  size_t from;
  int64_t token;
  bool greedy;
  bool operator<(const Continuation& o) const {  // best first; ties: greedy first, then in order
    if (log_p != o.log_p) return log_p > o.log_p;
    if (greedy != o.greedy) return greedy;
    return from != o.from ? from < o.from : token < o.token;
  }
};

struct Sentence {
  size_t number;
  int64_t limit;
  std::vector<Hypothesis> open{};
  bool finished = false;  // whether there is a best
  double lowest_cost = INFINITY;
  Tokens best{};
};

constexpr int64_t block = 64;  // tokens that are compared at once

class Search {
 public:
  Search(const SpecialTokens& special, const BeamOptions& options)
      : special_(special), options_(options) {}

  // One step of a sentence; `log_p` has a row for each row of the decoder.
  void advance(Sentence& s, std::span<const double> log_p, int64_t vocabulary) const {
    const std::vector<Continuation> best = continuations(s, log_p, vocabulary);
    const auto beam = static_cast<size_t>(options_.beam);
    std::vector<Hypothesis> next;
    for (size_t i = 0; i < best.size(); ++i) {
      const Continuation& c = best[i];
      const Hypothesis& from = s.open[c.from];
      if (c.token == special_.end) {
        if (i < beam || c.greedy) finish(s, from.tokens, c.log_p, from.tokens.size() + 1);
      } else if (next.size() < beam || c.greedy) {
        next.push_back({from.tokens, c.log_p, from.row, c.greedy});
        next.back().tokens.push_back(c.token);
      }
    }
    s.open = std::move(next);
    for (const Hypothesis& h : s.open)
      if (static_cast<int64_t>(h.tokens.size()) >= s.limit)
        finish(s, h.tokens, h.log_p, h.tokens.size());
    std::erase_if(s.open, [&](const Hypothesis& h) { return !can_win(s, h); });
  }

 private:
  // The best continuations, best first, then the greedy one if it is not among them.
  std::vector<Continuation> continuations(const Sentence& s, std::span<const double> log_p,
                                          int64_t vocabulary) const {
    const auto wanted = static_cast<size_t>(options_.beam == 1 ? 1 : 2 * options_.beam);
    std::vector<Continuation> best;  // a heap, its worst on top
    std::vector<Continuation> greedy;
    for (size_t from = 0; from < s.open.size(); ++from) {
      const Hypothesis& h = s.open[from];
      const std::span row(log_p.data() + h.row * vocabulary, static_cast<size_t>(vocabulary));
      check(s, h, row);
      const int64_t likeliest = h.greedy ? likeliest_token(row, special_) : -1;
      if (h.greedy)
        greedy.push_back({h.log_p + row[static_cast<size_t>(likeliest)], from, likeliest, true});
      for (int64_t begin = 0; begin < vocabulary; begin += block) {
        const int64_t end = std::min(begin + block, vocabulary);
        if (best.size() == wanted && all_below(best.front().log_p, h, row, begin, end)) continue;
        for (int64_t token = begin; token < end; ++token) {
          if (token == special_.padding || token == special_.start) continue;
          const double sum = h.log_p + row[static_cast<size_t>(token)];
          const Continuation c{sum, from, token, token == likeliest};
          if (best.size() == wanted) {
            if (!(c < best.front())) continue;
            std::pop_heap(best.begin(), best.end());
            best.pop_back();
          }
          best.push_back(c);
          std::push_heap(best.begin(), best.end());
        }
      }
    }
    std::sort(best.begin(), best.end());
    const auto is_greedy = [](const Continuation& c) { return c.greedy; };
    if (std::none_of(best.begin(), best.end(), is_greedy))
      best.insert(best.end(), greedy.begin(), greedy.end());
    return best;
  }

  // Almost all continuations are far from the best; a loop without a branch passes them quickly.
  static bool all_below(double log_p, const Hypothesis& h, std::span<const double> row,
                        int64_t begin, int64_t end) {
    int64_t others = 0;
    for (int64_t token = begin; token < end; ++token)
      others += h.log_p + row[static_cast<size_t>(token)] >= log_p;
    return others == 0;
  }

  static void check(const Sentence& s, const Hypothesis& h, std::span<const double> row) {
    int64_t unknown = 0;
    for (double v : row) unknown += std::isnan(v);
    if (unknown > 0)
      argument_error({"beam_search: the log-probabilities for source ", s.number, " after ",
                      h.tokens.size(),
                      " tokens are NaN; expected finite logits: are the model's weights finite?"});
  }

  // log(-log_p) - a log(length) orders hypotheses like log_p / length^a, lowest cost first, and
  // overflows for no length or a.
  double cost(double log_p, double length) const {
    return std::log(-std::min(log_p, 0.0)) - options_.length_penalty * std::log(length);
  }

  void finish(Sentence& s, const Tokens& tokens, double log_p, size_t length) const {
    const double c = cost(log_p, static_cast<double>(length));
    if (s.finished && !(c < s.lowest_cost)) return;
    s.finished = true;
    s.lowest_cost = c;
    s.best = tokens;
  }

  // The cost is monotonic in the length, so one of the two possible extremes bounds it.
  bool can_win(const Sentence& s, const Hypothesis& h) const {
    const auto length = static_cast<int64_t>(h.tokens.size());
    if (length >= s.limit) return false;
    const double soon = cost(h.log_p, static_cast<double>(length + 1));
    const double late = cost(h.log_p, static_cast<double>(s.limit));
    return !s.finished || std::min(soon, late) < s.lowest_cost;
  }

  SpecialTokens special_;
  BeamOptions options_;
};

void check_arguments(const TokenBatch& source, std::span<const int64_t> limits,
                     const BeamOptions& options) {
  if (options.beam < 1 || !(std::abs(options.length_penalty) <= 1000))
    argument_error({"beam_search: beam ", options.beam, " and length_penalty ",
                    options.length_penalty, "; expected 1 or more, and -1000 to 1000"});
  if (limits.size() != source.lengths.size())
    argument_error(
        {"beam_search: ", limits.size(), " limits for ", source.lengths.size(), " sources"});
  for (int64_t limit : limits)
    if (limit < 0) argument_error({"beam_search: limit ", limit, "; expected 0 or more"});
}

// The end of the sources from `begin` that are decoded together: their caches have at most
// `most_places`, tokens of the source and, for each hypothesis, of the answer.
size_t end_of_group(const TokenBatch& source, std::span<const int64_t> limits, int64_t beam,
                    size_t begin) {
  constexpr double most_places = 16384;
  const double hypotheses = static_cast<double>(beam) + (beam > 1 ? 1 : 0);  // and the greedy one
  int64_t longest = 0;
  size_t end = begin;
  for (; end < limits.size(); ++end) {
    longest = std::max(longest, limits[end]);
    const auto places =
        static_cast<double>(source.ids.size(1)) + hypotheses * static_cast<double>(longest);
    if (end > begin && static_cast<double>(end + 1 - begin) * places > most_places) break;
  }
  return end;
}

// Searches for the sources begin ... end - 1.
void search_group(const Seq2SeqModel& model, const TokenBatch& source,
                  std::span<const int64_t> limits, const BeamOptions& options, size_t begin,
                  size_t end, std::vector<Tokens>& answers) {
  const Search search(model.special(), options);
  std::vector<Sentence> sentences;
  for (size_t i = begin; i < end; ++i)
    if (limits[i] > 0)
      sentences.push_back({i, limits[i], {{{}, 0, static_cast<int64_t>(i - begin), true}}});
  if (sentences.empty()) return;
  const auto first = static_cast<std::ptrdiff_t>(begin),
             last_one = static_cast<std::ptrdiff_t>(end);
  const TokenBatch some{narrow(source.ids, 0, first, last_one - first),
                        {source.lengths.begin() + first, source.lengths.begin() + last_one}};
  const std::unique_ptr<Seq2SeqModel::Decoder> decoder = model.decoder(some);
  Tokens last(end - begin, model.special().start);
  while (!sentences.empty()) {
    StopSignals::poll();
    const Tensor log_p = log_softmax(decoder->next(id_tensor(last)), -1).to(DType::f64);
    const std::span values(log_p.data<double>(), static_cast<size_t>(log_p.numel()));
    std::vector<int64_t> rows;
    last.clear();
    for (Sentence& s : sentences) {
      search.advance(s, values, log_p.size(1));
      for (Hypothesis& h : s.open) {
        rows.push_back(std::exchange(h.row, static_cast<int64_t>(rows.size())));
        last.push_back(h.tokens.back());
      }
      if (s.open.empty()) answers[s.number] = std::move(s.best);
    }
    std::erase_if(sentences, [](const Sentence& s) { return s.open.empty(); });
    if (!sentences.empty()) decoder->reorder(rows);
    // Otherwise blocks of every number of rows would stay in the cache.
    if (std::ssize(rows) != log_p.size(0)) empty_cache();
  }
}

}  // namespace

std::vector<Tokens> beam_search(const Seq2SeqModel& model, const TokenBatch& source,
                                std::span<const int64_t> limits, const BeamOptions& options) {
  check_arguments(source, limits, options);
  const NoGrad no_grad;
  std::vector<Tokens> answers(limits.size());
  for (size_t begin = 0, end = 0; begin < limits.size(); begin = end) {
    end = end_of_group(source, limits, options.beam, begin);
    search_group(model, source, limits, options, begin, end, answers);
  }
  return answers;
}

}  // namespace gradus
