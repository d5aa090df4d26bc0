// SPDX-License-Identifier: MIT
// What a recurrent network still knows d steps later, in one direction and in both.
#include <cmath>

#include "gradus/nn/basic.h"
#include "gradus/nn/recurrent.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tools/lab/fit.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_recall {

constexpr int64_t letters = 8, length = 24, batch = 32;

struct Reader : Module {
  Reader(bool both, Generator& gen)
      : embed({letters, 16}, gen),
        rnn({.input_size = 16, .hidden_size = both ? 16 : 32, .bidirectional = both}, gen),
        head({32, letters}, gen) {}
  Tensor operator()(const Tensor& ids) const { return head(rnn(embed(ids)).output); }
  void visit(Visitor& v) override {
    v("embed", embed);
    v("rnn", rnn);
    v("head", head);
  }
  Embedding embed;
  RNN rnn;
  Linear head;
};

struct Sample {
  Tensor ids, targets;  // target: the letter d steps before; -100 where there is none
};
Sample sample(int64_t d, int64_t rows, Generator& gen) {
  Sample s{randint(0, letters, {rows, length}, gen), {}};
  s.targets = full({rows, length}, -100, DType::i64);
  const int64_t* from = s.ids.data<int64_t>();
  int64_t* to = s.targets.mutable_data<int64_t>();
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t t = 0; t < length; ++t)
      if (t - d >= 0 && t - d < length) to[r * length + t] = from[r * length + t - d];
  return s;
}

// The share of letters recalled at distance d; below 0 the letter comes later.
double recall(const Experiment& e, int64_t d, bool both) {
  Generator gen(e.seed(), static_cast<uint64_t>(d + 100));
  Reader model(both && !e.broken(), gen);
  fit(model, {.steps = 300, .lr = 4e-3}, [&](int64_t) {
    const Sample s = sample(d, batch, gen);
    return cross_entropy(flatten(model(s.ids), 0, 1), flatten(s.targets));
  });
  const Sample s = sample(d, 200, gen);
  const auto guess = argmax(model(s.ids), -1).to_vector<int64_t>();
  const auto truth = s.targets.to_vector<int64_t>();
  double right = 0, count = 0;
  for (size_t i = 0; i < guess.size(); ++i) {
    count += truth[i] >= 0;
    right += guess[i] == truth[i];
  }
  return right / count;
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  LineChart chart{.title = "letters recalled, by distance (above 0: read earlier)",
                  .x_axis = "distance",
                  .y_axis = "share",
                  .lines = {{"both directions"}, {"forwards only"}}};
  Table table{.columns = {{"distance", 0}, {"both directions", 3}, {"forwards only", 3}},
              .title = "Letters recalled by an RNN of width 32 (guessing: 0.125)"};
  std::vector<double> two, one;
  for (int64_t d : {-8, -4, -2, 2, 4, 8}) {
    two.push_back(recall(e, d, true));
    one.push_back(recall(e, d, false));
    table.rows.push_back({static_cast<double>(d), two.back(), one.back()});
    for (auto& line : chart.lines) line.x.push_back(static_cast<double>(d));
    chart.lines[0].y.push_back(two.back());
    chart.lines[1].y.push_back(one.back());
  }
  e.table(table);
  e.chart(chart);
  e.above(65, "both directions, 2 steps before", two[3], 0.95);
  e.above(65, "both directions, 2 steps later", two[2], 0.95);
  e.below(65, "both directions, 8 steps before", two[5], 0.4);
  e.below(65, "both directions, 8 steps later", two[0], 0.4);
  e.below(65, "forwards only, 4 steps later", one[1], 0.2);
}

}  // namespace lab_recall

LabPage recall_page() {
  return {.name = "recall",
          .chapter = "recurrence",
          .title = "Reading in both directions still forgets",
          .items = {65},
          .claim =
              "A recurrent network that also reads backwards sees the words to come, but in "
              "both directions it forgets what is far away.",
          .formula =
              "hₜ = [forwards(x₁ … xₜ); backwards(x_T … xₜ)]\n"
              "predict x at t − d from hₜ",
          .breaks = "the network reads forwards only",
          .read = {{"include/gradus/nn/recurrent.h", "bidirectional"}},
          .next = "lab gradient",
          .questions = {{"Why is a network that reads forwards exactly at chance for d = −4?",
                         "The letter has not been read yet and letters are independent: nothing "
                         "in the state depends on it. It can only guess: 1 of 8."},
                        {"Would attention show the same picture?",
                         "No: it looks at the place t − d directly, whatever d is; with position "
                         "codes it finds every distance."}},
          .run = lab_recall::run};
}

}  // namespace gradus::tools
