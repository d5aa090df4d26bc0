// SPDX-License-Identifier: MIT
// Copying through one vector, and with attention to all encoder states.
#include <algorithm>

#include "gradus/autograd/node.h"
#include "models/seq2seq_recurrent.h"
#include "models/tasks/sequence_task.h"
#include "tools/lab/fit.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_bottleneck {

constexpr int64_t per_length = 40;

// The share of random sequences of `length` letters that are copied exactly.
double exact(const Seq2SeqModel& model, int64_t letters, int64_t length, Generator& gen) {
  const NoGrad no_grad;
  std::vector<Tokens> sources(per_length);
  for (Tokens& s : sources)
    for (int64_t i = 0; i < length; ++i)
      s.push_back(SequenceData::first_letter + gen.below(letters));
  const auto copies = model.greedy(pad(sources, SequenceData::padding), length + 1);
  double right = 0;
  for (size_t i = 0; i < sources.size(); ++i) right += copies[i] == sources[i];
  return right / static_cast<double>(per_length);
}

std::vector<double> copied(const Experiment& e, bool looks, const std::vector<int64_t>& lengths) {
  const SequenceData data({.letters = 8,
                           .min_length = 2,
                           .max_length = lengths.back(),
                           .train_size = 3200,
                           .test_size = 10,
                           .seed = e.seed()});
  manual_seed(e.seed());
  RecurrentSeq2SeqOptions o{
      .source_vocab = data.vocabulary(), .target_vocab = data.vocabulary(), .hidden_size = 64};
  if (!looks) o.attention = {};
  SequenceTask task(data, std::make_unique<RecurrentSeq2Seq>(o), 32);
  fit(task, {.steps = e.reduced() ? 500 : 1500, .lr = 5e-3});
  Generator gen(e.seed(), 1);
  std::vector<double> all;
  for (int64_t length : lengths) all.push_back(exact(*task.seq2seq, 8, length, gen));
  return all;
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  const std::vector<int64_t> lengths =
      e.reduced() ? std::vector<int64_t>{4, 6, 8, 10, 12} : std::vector<int64_t>{4, 8, 12, 16, 20};
  const std::vector<double> one = copied(e, false, lengths);
  const std::vector<double> all = e.broken() ? one : copied(e, true, lengths);
  Table table{.columns = {{"length", 0}, {"one vector", 3}, {"attention", 3}},
              .title = "Sequences copied exactly, GRU of width 64"};
  LineChart chart{.title = "sequences copied exactly, by length",
                  .x_axis = "length",
                  .y_axis = "share",
                  .lines = {{"attention"}, {"one vector"}}};
  for (size_t i = 0; i < lengths.size(); ++i) {
    const auto n = static_cast<double>(lengths[i]);
    table.rows.push_back({n, one[i], all[i]});
    for (auto& line : chart.lines) line.x.push_back(n);
    chart.lines[0].y.push_back(all[i]);
    chart.lines[1].y.push_back(one[i]);
  }
  e.table(table);
  e.chart(chart);
  e.above(30, "with attention, the shortest", all[0], 0.95);
  e.above(30, "with attention, the longest", all.back(), 0.95);
  e.below(29, "through one vector, the longest", one.back(), 0.05);
}

}  // namespace lab_bottleneck

LabPage bottleneck_page() {
  return {.name = "bottleneck",
          .chapter = "sequence to sequence",
          .title = "One vector is too narrow",
          .items = {29, 30},
          .claim =
              "An encoder that hands over one vector can copy short sequences only; a "
              "decoder that may look at all encoder states copies long ones after the same number "
              "of training steps.",
          .formula =
              "one vector:  s₀ = h_S\n"
              "attention:   cₜ = Σⱼ softmax(score(sₜ₋₁, hⱼ)) hⱼ",
          .breaks = "the second decoder has no attention either",
          .read = {{"models/seq2seq_recurrent.h", "struct RecurrentSeq2SeqOptions"},
                   {"models/seq2seq_recurrent.cpp", "looks_first"}},
          .next = "compare bottleneck",
          .questions = {{"How many bits does a sequence of 20 of 8 letters have?",
                         "20 · log₂ 8 = 60 bits. 64 floats could hold them; what is hard is to "
                         "learn to write them there and to read them back in order."},
                        {"Which letters of a long sequence does the narrow model lose?",
                         "Those in the middle and at the end rather than the first: an error "
                         "early in the copy shifts all that follows."}},
          .correction =
              "text 003 says that attention over a recurrent encoder does not cure the "
              "bottleneck; on copying it does. Text 001 says that the front of a long "
              "sequence is lost first; at length 12 place 1 is right in 0.91 of all "
              "copies and place 8 in 0.50.",
          .reduced = "500 steps and lengths to 12 instead of 1,500 and 20",
          .run = lab_bottleneck::run};
}

}  // namespace gradus::tools
