// SPDX-License-Identifier: MIT
// Beam search.
#include "models/beam.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gradus/autograd/node.h"
#include "gradus/ops/softmax.h"

namespace gradus {
namespace {

struct Hypothesis {
  Tokens tokens{};
  double log_p = 0;
  int64_t row = 0;  // of the decoder
};

struct Continuation {
  double log_p;
  size_t from;
  int64_t token;
  bool operator<(const Continuation& o) const {  // better first; ties by order
    return log_p != o.log_p ? log_p > o.log_p : from != o.from ? from < o.from : token < o.token;
  }
};

struct Sentence {
  size_t number;
  int64_t limit;
  std::vector<Hypothesis> open{};
  int64_t ended = 0;
  double best_score = -INFINITY;
  Tokens best{};
};

class Search {
 public:
  Search(const SpecialTokens& special, const BeamOptions& options)
      : special_(special), options_(options) {}

  // One step of a sentence; `log_p` has a row for each row of the decoder.
  void advance(Sentence& s, const std::vector<float>& log_p, int64_t vocabulary) const {
    const std::vector<Continuation> best = continuations(s, log_p, vocabulary);
    const auto beam = static_cast<size_t>(options_.beam);
    std::vector<Hypothesis> next;
    for (size_t i = 0; i < best.size() && next.size() < beam; ++i) {
      const Hypothesis& from = s.open[best[i].from];
      Hypothesis h{from.tokens, best[i].log_p, from.row};
      if (best[i].token != special_.end) {
        h.tokens.push_back(best[i].token);
        next.push_back(std::move(h));
      } else if (i < beam) {
        end(s, h, 1);
      }
    }
    s.open = std::move(next);
    if (s.open.empty() || s.ended >= options_.beam) {
      s.open.clear();
    } else if (static_cast<int64_t>(s.open[0].tokens.size()) >= s.limit) {
      for (const Hypothesis& h : s.open) end(s, h, 0);
      s.open.clear();
    }
  }

 private:
  std::vector<Continuation> continuations(const Sentence& s, const std::vector<float>& log_p,
                                          int64_t vocabulary) const {
    const auto wanted = static_cast<size_t>(2 * options_.beam);
    std::vector<Continuation> best;  // a heap, its worst on top
    for (size_t from = 0; from < s.open.size(); ++from) {
      const float* row = log_p.data() + s.open[from].row * vocabulary;
      for (int64_t token = 0; token < vocabulary; ++token) {
        if (token == special_.padding || token == special_.start) continue;
        const Continuation c{s.open[from].log_p + static_cast<double>(row[token]), from, token};
        if (best.size() == wanted) {
          if (!(c < best.front())) continue;
          std::pop_heap(best.begin(), best.end());
          best.pop_back();
        }
        best.push_back(c);
        std::push_heap(best.begin(), best.end());
      }
    }
    std::sort(best.begin(), best.end());
    return best;
  }

  // `more` tokens end it.
  void end(Sentence& s, const Hypothesis& h, size_t more) const {
    const auto length = static_cast<double>(std::max<size_t>(h.tokens.size() + more, 1));
    const double score = h.log_p / std::pow(length, options_.length_penalty);
    ++s.ended;
    if (score > s.best_score) s.best_score = score, s.best = h.tokens;
  }

  SpecialTokens special_;
  BeamOptions options_;
};

}  // namespace

std::vector<Tokens> beam_search(const Seq2SeqModel& model, const TokenBatch& source,
                                std::span<const int64_t> limits, const BeamOptions& options) {
  if (options.beam < 1 || !(options.length_penalty >= 0) || !std::isfinite(options.length_penalty))
    argument_error({"beam_search: beam ", options.beam, " and length_penalty ",
                    options.length_penalty, "; expected 1 or more, and 0 or more"});
  if (limits.size() != source.lengths.size())
    argument_error(
        {"beam_search: ", limits.size(), " limits for ", source.lengths.size(), " sources"});
  const NoGrad no_grad;
  const Search search(model.special(), options);
  std::vector<Sentence> sentences;
  for (size_t i = 0; i < limits.size(); ++i)
    sentences.push_back({i, limits[i], {{{}, 0, static_cast<int64_t>(i)}}});
  std::vector<Tokens> said(limits.size());
  if (sentences.empty()) return said;
  const std::unique_ptr<Seq2SeqModel::Decoder> decoder = model.decoder(source);
  Tokens last(limits.size(), model.special().start);
  while (!sentences.empty()) {
    const Tensor log_p = log_softmax(decoder->next(id_tensor(last)), -1);
    const std::vector<float> values = log_p.to_vector<float>();
    std::vector<int64_t> rows;
    last.clear();
    for (Sentence& s : sentences) {
      search.advance(s, values, log_p.size(1));
      for (Hypothesis& h : s.open) {
        rows.push_back(std::exchange(h.row, static_cast<int64_t>(rows.size())));
        last.push_back(h.tokens.back());
      }
      if (s.open.empty()) said[s.number] = std::move(s.best);
    }
    std::erase_if(sentences, [](const Sentence& s) { return s.open.empty(); });
    if (!sentences.empty()) decoder->reorder(rows);
  }
  return said;
}

}  // namespace gradus
