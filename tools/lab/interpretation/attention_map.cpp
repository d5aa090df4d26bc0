// SPDX-License-Identifier: MIT
// Reading attention out of a model, and which week an answer reads.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "models/explain/series_meaning.h"
#include "tools/lab/churn.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_attention_map {

constexpr int64_t layers = 2, heads = 4, weeks = 8;

SequenceClassifier untrained(const SeriesScale& scale, Generator& gen) {
  SequenceClassifier model({.encoder = {.features = scale.width(), .d_model = 32, .layers = layers},
                            .classes = 2,
                            .pooling = Pooling::last},
                           gen);
  model.eval();
  return model;
}

void draw(Experiment& e, const Tensor& weights, const std::vector<double>& row) {
  HeatMap map{.title = "last layer, mean of the heads", .row_axis = "query", .col_axis = "key"};
  BarChart bars{.title = "", .axis = "weight", .series = {{"weight"}}};
  for (size_t t = 0; t < row.size(); ++t) map.rows.push_back(week_name(t));
  map.cols = map.rows;
  map.values = mean(weights, {0}).to_vector<double>();
  bars.names = map.rows;
  bars.series[0].values = row;
  const auto top = std::max_element(row.begin(), row.end()) - row.begin();
  bars.title = "what the last real week reads; most: " + week_name(static_cast<size_t>(top));
  e.chart(map);
  e.chart(bars);
}

// The largest change of a logit when the values of one step change.
double influence(const SequenceClassifier& model, const SeriesBatch& b, int64_t step,
                 int64_t length) {
  Tensor changed = b.values.clone_data();
  narrow(changed, 1, step, 1).fill_(3);
  return largest_difference(model(b.values, b.times, {length}), model(changed, b.times, {length}));
}

struct Watched {
  Tensor answer, last;  // the last layer's weights, [1, heads, queries, keys]
  double layers;
};
Watched watched(const SequenceClassifier& model, const SeriesBatch& b) {
  AttentionRecorder seen;
  const Tensor answer = model(b.values, b.times, b.lengths);
  return {answer, seen.records.back().weights, static_cast<double>(seen.records.size())};
}

void run(Experiment& e) {
  const NoGrad no_grad;
  Generator gen(e.seed());
  const SeriesSet set = churn_series({.customers = 40, .min_weeks = 6, .seed = e.seed()});
  const SeriesScale scale = series_scale(set);
  SequenceClassifier model = untrained(scale, gen);
  int64_t at = 0;  // a customer of 6 weeks
  while (set.series[static_cast<size_t>(at)].length() != 6) ++at;
  const SeriesBatch alone = series_batch(set, scale, std::vector<int64_t>{at});
  const SeriesBatch padded = series_batch(set, scale, std::vector<int64_t>{at}, weeks);
  const Tensor plain = model(alone.values, alone.times, alone.lengths);
  const Watched seen = watched(model, alone);
  const double rows = largest_difference(sum(seen.last, {3}), ones({1, heads, 6}));
  const auto row = mean(select(seen.last[0], 1, 5), {0}).to_vector<double>();
  draw(e, seen.last[0], row);
  EnableGrad on;
  const StepMeaning m = step_meaning(model, set, scale, at);
  const int64_t length = e.broken() ? weeks : 6;  // text 000 reads the last padded week
  e.equal(20, "recorded layers", seen.layers, layers);
  e.equal(20, "change of the answer by recording", largest_difference(plain, seen.answer), 0);
  e.below(21, "sum of a row of the map, distance from 1", rows, 1e-12);
  e.below(22, "importance of step −1 − row of the last real week",
          largest_difference(m.attention, row), 1e-12);
  e.above(22, "change of a logit by week 6, the last", influence(model, padded, 5, length), 1e-3);
  e.equal(22, "change of a logit by week 8, a pad", influence(model, padded, 7, length), 0);
}

}  // namespace lab_attention_map

LabPage attention_map_page() {
  return {.name = "attention-map",
          .chapter = "interpretation",
          .title = "Reading attention out of a model",
          .items = {20, 21, 22},
          .claim =
              "A recorder returns the weights of each layer, head, query and key without "
              "changing the answer; the step that counts for a padded series is its last "
              "real one.",
          .formula =
              "weights[layer, head, query, key]        Σ over keys = 1\n"
              "importance of week k = weight of key k for the query \"last real week\"",
          .breaks = "the pads count: the last padded week is read",
          .read = {{"include/gradus/nn/attention.h", "class AttentionRecorder"},
                   {"models/explain/series_meaning.cpp", "looked_at"}},
          .next = "attention --help",
          .questions = {{"Why does a recorder not keep the weights that training used?",
                         "The fast kernel never holds the whole matrix. The recorder computes it "
                         "again from scores and row sums, before dropout."},
                        {"The model here is untrained. What does its map show?",
                         "Nearly equal weights, 1/6 each: random queries and keys have similar "
                         "scores. A pattern has to be learned."}},
          .correction =
              "the hook of text 000 waits for weights that its encoder layer never asks "
              "for (need_weights is false), so it meets None; in eval mode PyTorch may "
              "skip the hooked module. And its index −1 is the last padded week.",
          .run = lab_attention_map::run};
}

}  // namespace gradus::tools
