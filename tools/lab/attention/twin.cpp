// SPDX-License-Identifier: MIT
// What heads learn to do: one finds the step before, another looks behind an earlier twin.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/schedule.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_twin {

constexpr int64_t letters = 32, steps = 32, model = 64, heads = 2, batch = 16, updates = 300;

// Random letters, repeated with a random period of 5 to 11.
struct Songs {
  Tensor ids, targets;  // [count, steps]; targets of the first period, which is random: -100
  std::vector<int64_t> periods{};
};
Songs songs(int64_t count, Generator& gen) {
  Songs s;
  std::vector<int64_t> ids, targets;
  for (int64_t b = 0; b < count; ++b) {
    const int64_t period = 5 + gen.below(7);
    std::vector<int64_t> song;
    for (int64_t t = 0; t <= steps; ++t)
      song.push_back(t < period ? gen.below(letters) : song[static_cast<size_t>(t - period)]);
    ids.insert(ids.end(), song.begin(), song.end() - 1);
    for (int64_t t = 0; t < steps; ++t)
      targets.push_back(t < period ? -100 : song[static_cast<size_t>(t + 1)]);
    s.periods.push_back(period);
  }
  s.ids = tensor(ids).view(count, steps);
  s.targets = tensor(targets);
  return s;
}

struct Singer : Module {
  explicit Singer(int64_t layers)
      : embedding({letters, model}),
        encoder({.layer = {.d_model = model,
                           .nhead = heads,
                           .dim_feedforward = model,
                           .dropout = 0,
                           .norm_first = true,
                           .rope = RopeOptions{}},
                 .num_layers = layers}),
        next({model, letters}) {}
  Tensor operator()(const Tensor& ids) const {
    return next(encoder(embedding(ids), Mask::causal()));
  }
  void visit(Visitor& v) override {
    v("embedding", embedding);
    v("encoder", encoder);
    v("next", next);
  }

  Embedding embedding;
  TransformerEncoder encoder;
  Linear next;
};

void train(Singer& singer, Generator& gen) {
  AdamW adam(singer, 0.005);
  const Schedule rate = warmup_lr(20, cosine_annealing_lr(updates));
  for (int64_t step = 0; step < updates; ++step) {
    const Songs s = songs(batch, gen);
    adam.zero_grad();
    cross_entropy(singer(s.ids).view(batch * steps, letters), s.targets).backward();
    clip_grad_norm(singer, 1);
    adam.set_lr(rate, step);
    adam.step();
  }
}

// The mean weight of a head on some keys, over all queries after the first period.
struct Role {
  double itself = 0, before = 0, behind_twin = 0;
};
Role role_of(const Tensor& weights, int64_t head, const Songs& s) {
  Role role;
  double queries = 0;
  const std::vector<double> w = weights.to(DType::f64).to_vector<double>();
  const auto count = static_cast<int64_t>(s.periods.size());
  for (int64_t b = 0; b < count; ++b) {
    const int64_t period = s.periods[static_cast<size_t>(b)];
    for (int64_t t = period; t < steps; ++t, ++queries) {
      const double* row = w.data() + ((b * heads + head) * steps + t) * steps;
      role.itself += row[t];
      role.before += row[t - 1];
      for (int64_t j = t - period + 1; j >= 0; j -= period) role.behind_twin += row[j];
    }
  }
  return {role.itself / queries, role.before / queries, role.behind_twin / queries};
}

void show_song(Experiment& e, const Tensor& weights, int64_t head, const Songs& s) {
  HeatMap map{
      .title = "a head of the last layer; the song has period " + std::to_string(s.periods[0]),
      .row_axis = "query",
      .col_axis = "key"};
  for (int64_t i = 0; i < 22; ++i) {
    map.rows.push_back(std::to_string(i));
    map.cols.push_back(std::to_string(i));
    for (int64_t j = 0; j < 22; ++j) map.values.push_back(weights.index({0, head, i, j}).item());
  }
  e.chart(map);
}

void run(Experiment& e) {
  const DefaultDType narrow_type(DType::f32);
  manual_seed(e.seed());
  Generator gen(e.seed(), 1);
  Singer singer(e.broken() ? 1 : 2);
  train(singer, gen);
  const NoGrad no_grad;
  const Songs test = songs(64, gen);
  AttentionRecorder seen;
  singer(test.ids);
  Table table{.columns = {{"head"}, {"itself", 2}, {"the step before", 2}, {"behind a twin", 2}},
              .title = "Where the heads look: mean weight"};
  double best = 0, first = 0;
  int64_t best_head = 0;
  for (size_t layer = 0; layer < seen.records.size(); ++layer)
    for (int64_t head = 0; head < heads; ++head) {
      const Role r = role_of(seen.records[layer].weights, head, test);
      table.rows.push_back({"layer " + std::to_string(layer) + ", head " + std::to_string(head),
                            r.itself, r.before, r.behind_twin});
      if (layer == 0) first = std::max(first, r.behind_twin);
      if (layer + 1 == seen.records.size() && r.behind_twin > best) {
        best = r.behind_twin;
        best_head = head;
      }
    }
  e.table(table);
  show_song(e, seen.records.back().weights, best_head, test);
  e.above(8, "last layer, best head: weight behind twins", best, 0.5);
  e.below(8, "first layer, best head: weight behind twins", first, 0.3);
}

}  // namespace lab_twin

LabPage twin_page() {
  return {.name = "twin",
          .chapter = "attention",
          .title = "A head learns to look behind its twin",
          .items = {8},
          .claim =
              "Heads take on roles. In repeated random letters a head of the second layer learns "
              "to find the earlier twin of the current letter and to look one step behind it, "
              "where the answer is. It needs a first layer that passes on to each letter the one "
              "before it.",
          .formula =
              "song: … c a b … c a b …        query: the last b\n"
              "layer 0 moves each letter one step on, layer 1 finds \"after b\"",
          .breaks = "the model has one layer only",
          .read = {{"include/gradus/nn/attention.h", "class AttentionRecorder"},
                   {"src/nn/transformer.cpp", "around("}},
          .next = "lab heads",
          .questions =
              {{"Why can one layer not do it?",
                "A key is compared with the query before it has seen any neighbour: the letter "
                "behind the twin looks like any other letter. Only after a first layer does its "
                "key contain the letter before it."},
               {"Why is the period random?",
                "With a fixed period a head of the first layer can look back by that distance, "
                "by position alone, without reading any letter."}},
          .run = lab_twin::run};
}

}  // namespace gradus::tools
