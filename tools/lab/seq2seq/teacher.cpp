// SPDX-License-Identifier: MIT
// Batches for copying, and which decoder steps a loss trains.
#include <algorithm>

#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "models/seq2seq_recurrent.h"
#include "models/tasks/sequence_task.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_teacher {

std::string row_words(const Tensor& ids, int64_t row) {
  return SequenceData::words(ids[row].to_vector<int64_t>());
}

void show_batch(Experiment& e, const Seq2SeqBatch& b) {
  Table table{.columns = {{"source"}, {"decoder reads"}, {"decoder predicts"}},
              .title = "Three pairs of a batch"};
  for (int64_t i = 0; i < 3; ++i)
    table.rows.push_back(
        {row_words(b.source.ids, i), row_words(b.input.ids, i), row_words(b.output.ids, i)});
  e.table(table);
}

void run(Experiment& e) {
  const SequenceDataOptions o{.train_size = 2000, .test_size = 200, .seed = e.seed()};
  const SequenceData data(o), again(o);
  std::vector<Tokens> sources, targets;
  for (const SequencePair& pair : data.epoch(0)) {
    if (sources.size() == 8) break;
    sources.push_back(pair.source);
    targets.push_back(pair.target);
  }
  const RecurrentSeq2Seq model(
      {.source_vocab = data.vocabulary(), .target_vocab = data.vocabulary()});
  const Seq2SeqBatch batch = seq2seq_batch(model.special(), sources, targets);
  show_batch(e, batch);
  // Text 001 starts its loop at 1: one output fewer, and the last prediction has no loss.
  const int64_t steps = batch.input.ids.size(1), trained = e.broken() ? steps - 1 : steps;
  Tensor logits = model(batch);
  logits.retain_grad();
  const Seq2SeqBatch part{
      batch.source, batch.input, {narrow(batch.output.ids, 1, 0, trained), batch.output.lengths}};
  model.loss_of(narrow(logits, 1, 0, trained), part).backward();
  BarChart bars{.title = "gradient of the loss at the logits of each step",
                .axis = "norm",
                .series = {{"norm"}}};
  for (int64_t t = 0; t < steps; ++t) {
    bars.names.push_back("step " + std::to_string(t + 1));
    bars.series[0].values.push_back(norm_of(select(logits.grad(), 1, t)));
  }
  e.chart(bars);
  e.equal(33, "pairs that differ when the seed is used again",
          static_cast<double>(!(data.epoch(3) == again.epoch(3))), 0);
  const auto longest = std::max_element(batch.output.lengths.begin(), batch.output.lengths.end());
  e.equal(35, "trained steps of " + std::to_string(*longest), static_cast<double>(trained),
          static_cast<double>(*longest));
  e.above(35, "norm of the gradient at the last step", bars.series[0].values.back(), 1e-3);
}

}  // namespace lab_teacher

LabPage teacher_page() {
  return {
      .name = "teacher",
      .chapter = "sequence to sequence",
      .title = "Teacher forcing trains every step",
      .items = {33, 35},
      .claim =
          "The decoder reads the start token and the target, and predicts the target and "
          "the end token: shifted by one, both as long as the longest target plus one, "
          "and every step has a loss.",
      .formula =
          "input   <sos> y₁ y₂ … y_n\n"
          "output  y₁ y₂ … y_n <eos>        loss = mean of −log p(output), no pads",
      .breaks = "the loop of the decoder starts at 1, as in text 001",
      .read = {{"models/seq2seq.h", "seq2seq_batch"}, {"models/tasks/sequence_task.h", "epoch"}},
      .next = "data copy --count 3",
      .questions = {{"What does a model lack whose last step is not trained?",
                     "The end token of the longest targets: it never learns to stop there, "
                     "and runs on when it copies seven letters."},
                    {"Why must the input be shifted?",
                     "Unshifted, the decoder would read the token that it has to predict, "
                     "and learn to repeat its input: loss 0 in training, and useless on its own."}},
      .correction =
          "the decoder of text 001 loops over range(1, T): with 8 input steps it "
          "returns 7 outputs, and the last prediction has gradient 0.",
      .run = lab_teacher::run};
}

}  // namespace gradus::tools
