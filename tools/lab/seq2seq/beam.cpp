// SPDX-License-Identifier: MIT
// Beam search, and when it may stop.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "models/beam.h"
#include "models/seq2seq_recurrent.h"
#include "tools/lab/fit.h"
#include "tools/lab/pages.h"
#include "tools/lab/seq2seq/numbers.h"

namespace gradus::tools {
namespace lab_beam {

constexpr int64_t limit = 8;  // tokens of an answer

struct Hypothesis {
  Tokens tokens{};
  double log_p = 0;
  int64_t row = 0;  // row of the decoder
  double score() const { return log_p / static_cast<double>(tokens.size()); }
};

// The best `beam` continuations of all open hypotheses, with the end token among them.
std::vector<Hypothesis> continued(const std::vector<Hypothesis>& open, const Tensor& log_p,
                                  size_t beam) {
  std::vector<Hypothesis> all;
  const std::vector<double> p = log_p.to_vector<double>();
  const auto vocabulary = static_cast<size_t>(log_p.size(1));
  for (size_t row = 0; row < open.size(); ++row)
    for (size_t token = 2; token < vocabulary; ++token) {
      Hypothesis next = open[row];
      next.tokens.push_back(static_cast<int64_t>(token));
      next.log_p += p[row * vocabulary + token];
      next.row = static_cast<int64_t>(row);
      all.push_back(std::move(next));
    }
  const size_t kept = std::min(beam, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    [](const auto& a, const auto& b) { return a.log_p > b.log_p; });
  all.resize(kept);
  return all;
}

// A frequent mistake: the search stops as soon as `beam` hypotheses have ended.
Tokens stops_early(const Seq2SeqModel& model, const TokenBatch& source, size_t beam) {
  const auto decoder = model.decoder(source);
  std::vector<Hypothesis> open(1), ended;
  Tokens last = {model.special().start};
  while (!open.empty() && ended.size() < beam) {
    const std::vector<Hypothesis> best =
        continued(open, log_softmax(decoder->next(tensor(last)), -1), beam);
    open.clear();
    for (const Hypothesis& h : best) {
      const bool ends = h.tokens.back() == model.special().end;
      if (ends || h.tokens.size() == limit) ended.push_back(h);
      else open.push_back(h);
    }
    std::vector<int64_t> rows;
    last.clear();
    for (const Hypothesis& h : open) {
      rows.push_back(h.row);
      last.push_back(h.tokens.back());
    }
    if (!open.empty()) decoder->reorder(rows);
  }
  Tokens answer = std::max_element(ended.begin(), ended.end(), [](const auto& a, const auto& b) {
                    return a.score() < b.score();
                  })->tokens;
  if (answer.back() == model.special().end) answer.pop_back();
  return answer;
}

// log P per token of an answer, its end included, by teacher forcing.
double score_of(const Seq2SeqModel& model, const Tokens& source, const Tokens& answer) {
  const Tensor logits = model(seq2seq_batch(model.special(), {&source, 1}, {&answer, 1}));
  const std::vector<double> p = log_softmax(logits, -1).to(DType::f64).to_vector<double>();
  const auto vocabulary = static_cast<size_t>(model.target_vocab());
  Tokens read = answer;
  if (static_cast<int64_t>(read.size()) < limit) read.push_back(model.special().end);
  double sum = 0;
  for (size_t t = 0; t < read.size(); ++t) sum += p[t * vocabulary + static_cast<size_t>(read[t])];
  return sum / static_cast<double>(read.size());
}

struct Outcome {
  double exact = 0, below = 0, score = 0;
};

Outcome outcome(Experiment& e, const Seq2SeqModel& model, const std::vector<int64_t>& numbers,
                int64_t beam) {
  Outcome o;
  const auto count = static_cast<double>(numbers.size());
  for (int64_t n : numbers) {
    const Tokens source = digits_of(n);
    const TokenBatch batch = number_batch(model, {n}).source;
    const Tokens greedy = model.greedy(batch, limit)[0];
    const std::vector<int64_t> limits = {limit};
    const Tokens answer = e.broken() && beam > 1
                              ? stops_early(model, batch, static_cast<size_t>(beam))
                              : beam_search(model, batch, limits, {.beam = beam})[0];
    const double score = score_of(model, source, answer);
    o.exact += answer == words_of(n);
    o.below += score < score_of(model, source, greedy) - 1e-9;
    o.score += score / count;
  }
  return o;
}

void run(Experiment& e) {
  Generator gen(e.seed());
  const std::vector<int64_t> order = shuffled_numbers(gen);
  const std::vector<int64_t> held_out(order.begin(), order.begin() + 200);
  RecurrentSeq2Seq model({.source_vocab = digit_tokens, .target_vocab = word_tokens}, gen);
  fit(model, {.steps = 200, .lr = 5e-3}, [&](int64_t) {
    std::vector<int64_t> numbers;
    for (int i = 0; i < 32; ++i)
      numbers.push_back(order[static_cast<size_t>(200 + gen.below(799))]);
    return model.loss(number_batch(model, numbers));
  });
  const NoGrad no_grad;
  Table table{
      .columns = {{"beam", 0}, {"exact of 200", 0}, {"below greedy", 0}, {"log P per token", 4}},
      .title = "Answers for numbers that were never trained"};
  double below = 0, last = 0, first = 0;
  for (int64_t beam : {1, 2, 5}) {
    const Outcome o = outcome(e, model, held_out, beam);
    table.rows.push_back({static_cast<double>(beam), o.exact, o.below, o.score});
    below += o.below;
    if (beam == 1) first = o.score;
    last = o.score;
  }
  e.table(table);
  e.equal(0, "answers with a score below greedy's", below, 0);
  e.above(0, "mean score of beam 5 - greedy", last - first, 0);
}

}  // namespace lab_beam

LabPage beam_page() {
  return {
      .name = "beam",
      .chapter = "sequence to sequence",
      .title = "Beam search is never below greedy",
      .items = {},
      .claim =
          "Beam search keeps several partial answers and returns the one to which the model gives "
          "the highest score. If it stops only when no open answer can still win, its score is "
          "never below that of greedy decoding.",
      .formula =
          "score(y) = log p(y | x) / |y|^a\n"
          "an open y with log p = L and m tokens scores at most max(L/(m+1)^a, L/limit^a)",
      .breaks = "the search stops once the number of ended answers reaches the beam width",
      .read = {{"models/beam.cpp", "bool can_win("}, {"models/beam.h", "beam_search("}},
      .next = "lab number-words",
      .questions =
          {{"An answer that ends at once has a log p of -9. Why may it win too early?",
            "With several places in the beam it is among the best by count, although the model "
            "finds it unlikely. Enough of these end the search before the good answer has ended."},
           {"A higher score is not always a better translation. Why then search for it?",
            "The score is the model's, and the reader's taste is not known to the search. When a "
            "better score gives a worse answer, the model is at fault, and a search that happens "
            "to miss the answer only hides it."}},
      .run = lab_beam::run};
}

}  // namespace gradus::tools
