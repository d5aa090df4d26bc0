// SPDX-License-Identifier: MIT
// The copy task trained: samples, exact copies, and the alignment that attention found.
#include <algorithm>

#include "gradus/autograd/node.h"
#include "gradus/nn/attention.h"
#include "gradus/ops/view.h"
#include "models/seq2seq_recurrent.h"
#include "models/tasks/sequence_task.h"
#include "tools/lab/fit.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_copy {

// The weights [target, source] of copying one source, without pads and end.
std::vector<double> alignment(RecurrentSeq2Seq& model, const Tokens& source) {
  const NoGrad no_grad;
  model.set_names();
  AttentionRecorder seen;
  model(seq2seq_batch(model.special(), {&source, 1}, {&source, 1}));
  std::vector<double> all;
  for (size_t t = 0; t < std::min(source.size(), seen.records.size()); ++t)
    for (double w : seen.records[t].weights[0][0].to_vector<double>()) all.push_back(w);
  all.resize(source.size() * source.size());
  return all;
}

void show_samples(Experiment& e, const SequenceTask& task, const SequenceData& data) {
  Table table{.columns = {{"source"}, {"target"}, {"predicted"}},
              .title = "Held-out sequences, greedy decoding"};
  for (size_t i = 0; i < 5; ++i) {
    const SequencePair& pair = data.held_out()[i];
    table.rows.push_back({SequenceData::words(pair.source), SequenceData::words(pair.target),
                          SequenceData::words(task.answer(pair.source))});
  }
  e.table(table);
}

void draw_alignment(Experiment& e, const Tokens& source, const std::vector<double>& weights) {
  HeatMap map{.title = "attention while copying", .row_axis = "written", .col_axis = "source"};
  for (int64_t token : source) map.rows.push_back(SequenceData::word(token));
  map.cols = map.rows;
  map.values = weights;
  e.chart(map);
}

// The share of steps whose largest weight is on the letter that is copied.
double diagonal(RecurrentSeq2Seq& model, const SequenceData& data) {
  double right = 0, count = 0;
  for (size_t k = 0; k < 50; ++k) {
    const Tokens& source = data.held_out()[k].source;
    const std::vector<double> w = alignment(model, source);
    const auto n = static_cast<std::ptrdiff_t>(source.size());
    for (std::ptrdiff_t t = 0; t < n; ++t, ++count) {
      const auto row = w.begin() + t * n;
      right += *std::max_element(row, row + n) > 0 && std::max_element(row, row + n) - row == t;
    }
  }
  return right / count;
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  const SequenceData data({.train_size = 2000, .test_size = 200, .seed = e.seed()});
  RecurrentSeq2SeqOptions o{.source_vocab = data.vocabulary(), .target_vocab = data.vocabulary()};
  if (e.broken()) o.attention = {};
  auto owned = std::make_unique<RecurrentSeq2Seq>(o);
  RecurrentSeq2Seq& model = *owned;
  SequenceTask task(data, std::move(owned), 32);
  fit(task, {.steps = e.reduced() ? 500 : 945, .lr = 5e-3});  // 945 steps: 15 epochs
  const NoGrad no_grad;
  show_samples(e, task, data);
  Json figures = task.evaluate();
  const auto longest = std::max_element(
      data.held_out().begin(), data.held_out().end(),
      [](const auto& a, const auto& b) { return a.source.size() < b.source.size(); });
  if (!e.broken()) draw_alignment(e, longest->source, alignment(model, longest->source));
  e.above(36, "held-out sequences copied exactly", figures["exact_copy"].number(), 0.99);
  e.below(36, "held-out loss, in nats per token", figures["valid_loss"].number(), 0.05);
  e.above(38, "steps that look at the letter they copy", diagonal(model, data), 0.9);
}

}  // namespace lab_copy

LabPage copy_page() {
  return {.name = "copy",
          .chapter = "sequence to sequence",
          .title = "Learning to copy, and its alignment",
          .items = {36, 37, 38},
          .claim =
              "With attention a small GRU learns in seconds to copy sequences that it has "
              "never seen, and its weights show how: while it writes a letter it looks at "
              "that letter.",
          .formula = "cₜ = Σⱼ wₜⱼ hⱼ        wₜⱼ near 1 for j = t: the diagonal",
          .breaks = "no attention: the source is one vector",
          .read = {{"models/tasks/sequence_task.cpp", "SequenceTask::evaluate"},
                   {"models/seq2seq.h", "greedy"}},
          .next = "train copy",
          .questions = {{"Teacher forcing gives a token accuracy. Why count exact copies, too?",
                         "In use the decoder reads its own words. One wrong letter may spoil all "
                         "that follow, which accuracy under teacher forcing does not show."},
                        {"How would the picture look for reversed sequences?",
                         "The other diagonal: step t looks at place n + 1 − t. Try gradus train "
                         "reverse."}},
          .correction =
              "text 001 defines a function that prints SRC, TRG and PRED and never "
              "calls it, and its decoder can only run under teacher forcing.",
          .reduced = "500 steps instead of 945",
          .run = lab_copy::run};
}

}  // namespace gradus::tools
